/** The part of the compiler that is used; the package comes without types. */
declare module "solc" {
  const solc: { compile(input: string): string; version(): string };
  export default solc;
}

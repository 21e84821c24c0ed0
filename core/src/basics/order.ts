/** Ids in the order in which people count: E2 before E10. */
export const asPeopleCount = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

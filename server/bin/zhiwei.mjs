#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read, so that they get a sentence and not a syntax error.
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 26) {
  console.error(
    `知微需要 Node 26，当前是 ${process.versions.node}。请在项目目录用 npm start 或 npm run -s zhiwei -- 命令 启动，npm 会使用随项目安装的 Node。\n` +
      `Zhiwei needs Node 26, and this is ${process.versions.node}. Start it with npm start or npm run -s zhiwei -- COMMAND in the project folder: npm then uses the Node that is installed with the project.`,
  );
  process.exit(3);
}
await import("../src/cli/main.ts");

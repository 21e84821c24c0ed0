import type { Progress } from "../system/state.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./output.ts";

export const serve: Command = {
  usage: "serve [--no-demo] [--no-console]",
  summary: { zh: "启动平台服务", en: "start the platform's server" },
  options: {
    "no-demo": { type: "boolean", help: { zh: "不载入示范数据", en: "do not load the demonstration region" } },
    "no-console": { type: "boolean", help: { zh: "不构建控制台，仅提供接口", en: "do not build the console; serve the API alone" } },
  },
  run: async ({ config, out, options }) => {
    const started = performance.now();
    const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.on(signal, () => {
        // Twice means now: what is unfinished starts anew at the next start.
        if (stop.signal.aborted) process.exit(EXIT.failed);
        stop.abort();
      });
    const aborted = new Promise<"stopped">((done) => stop.signal.addEventListener("abort", () => done("stopped")));

    const { startServer } = await import("../main.ts");
    const running = await startServer(config, {
      demo: options["no-demo"] !== true,
      console: options["no-console"] !== true,
      onProgress: ({ phase, done, total }: Progress) => {
        const share = total > 0 ? ` ${Math.floor((done / total) * 100)}%` : "";
        out.progress({ zh: `[${seconds()} 秒] ${phase.zh}${share}`, en: `[${seconds()} s] ${phase.en}${share}` });
      },
    });
    out.say({ zh: `知微已在 ${running.url} 应答，正在准备数据……`, en: `Zhiwei answers at ${running.url} and is getting its data ready…` });
    try {
      if ((await Promise.race([running.ready, aborted])) !== "stopped") {
        out.say({
          zh: `[${seconds()} 秒] 就绪。请打开 ${running.url}（按 Ctrl+C 停止）`,
          en: `[${seconds()} s] Ready. Open ${running.url} (stop with Ctrl+C)`,
        });
        out.result({ url: running.url }, () => {});
        await aborted;
      }
      out.say({ zh: "正在停止……", en: "Stopping…" });
    } finally {
      await running.stop();
    }
    return EXIT.done;
  },
};

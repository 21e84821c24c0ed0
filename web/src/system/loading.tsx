import { Alert, Progress } from "antd";
import type { Output } from "@zhiwei/api/route";
import type { getSystem } from "@zhiwei/api/system";
import type { Text } from "@zhiwei/core/basics";
import { useText } from "../ui/language.tsx";

const T = {
  loading: { zh: "正在装入演示地区", en: "Loading the demonstration region" },
  failed: { zh: "装入未完成", en: "Loading did not finish" },
  log: {
    zh: "原因见服务日志；重新启动会从中断处继续。",
    en: "The server's log has the reason; a new start goes on from where it stopped.",
  },
} satisfies Record<string, Text>;

/** How far the server is, while it answers already but does not hold everything yet. */
export const LoadingBar = ({ system }: { system: Output<typeof getSystem> }) => {
  const text = useText();
  if (system.state === "failed") return <Alert banner type="error" title={text(T.failed)} description={text(system.problem ?? T.log)} />;
  const { progress } = system;
  const share = progress && progress.total > 0 ? Math.floor((100 * progress.done) / progress.total) : null;
  return (
    <div className="zw-notice" role="status">
      {text(T.loading)}
      {progress && `：${text(progress.phase)}`}
      <Progress
        percent={share ?? 100}
        status={share === null ? "active" : "normal"}
        showInfo={share !== null}
        size="small"
        aria-label={text(T.loading)}
      />
    </div>
  );
};

import { listApplications } from "@zhiwei/api/decision";
import type { CaseState } from "@zhiwei/core/decision";
import { useRoute } from "../ui/api.ts";
import { Choice } from "../ui/controls.tsx";
import { texts, useText } from "../ui/language.tsx";
import { useUrlState } from "../ui/router.ts";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { Pager } from "../ui/table.tsx";
import { ApplicationTable } from "./application-table.tsx";
import "./decision.css";
import { STATE } from "./words.ts";

const useT = texts({
  title: { zh: "审批工作台", en: "Worklist" },
  lead: {
    zh: "规则允许的当场决定；其余在此由人办理：一人提出，另一人在权限内签批，改变测算结果须写明理由。等得最久的在最前。",
    en: "What the rules allow is decided at once; the rest is worked on here: one proposes, another signs within his authority, and whoever departs from what was computed says why. Those that wait the longest come first.",
  },
  show: { zh: "显示", en: "Show" },
  open: { zh: "待办", en: "to be done" },
  all: { zh: "全部", en: "all" },
  applications: { zh: "申请", en: "Applications" },
  done: { zh: "没有待办的申请。", en: "Nothing waits." },
  none: { zh: "没有这样的申请。", en: "There are none such." },
});

/** A lender's applications: what waits for a person first. */
export const WorklistPage = () => {
  const t = useT();
  const text = useText();
  const [params, set] = useUrlState();
  const show = params["show"] ?? "open";
  const page = Number(params["page"] ?? 1) || 1;
  const query = show === "open" ? { open: "yes" as const } : show === "all" ? {} : { state: show as CaseState };
  const found = useRoute(listApplications, { query: { page, pageSize: 25, ...query } }, { refetchInterval: 10_000 });
  return (
    <Page title={t("title")}>
      <p className="dc-lead">{t("lead")}</p>
      <Card
        title={t("applications")}
        extra={
          <Choice
            label={t("show")}
            value={show}
            options={[
              { value: "open", label: t("open") },
              { value: "all", label: t("all") },
              ...(Object.keys(STATE) as CaseState[]).map((state) => ({ value: state, label: text(STATE[state]) })),
            ]}
            onChange={(value) => set({ show: value, page: undefined })}
          />
        }
      >
        {found.error ? (
          <ProblemState error={found.error} onRetry={() => void found.refetch()} />
        ) : !found.data ? (
          <LoadingState rows={8} />
        ) : found.data.total === 0 ? (
          <EmptyState text={t(show === "open" ? "done" : "none")} />
        ) : (
          <>
            <ApplicationTable worklist caption={t("applications")} items={found.data.items} />
            <Pager page={page} pageSize={25} total={found.data.total} onPage={(next) => set({ page: String(next) })} />
          </>
        )}
      </Card>
    </Page>
  );
};

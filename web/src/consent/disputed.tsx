import { listConsents } from "@zhiwei/api/consent";
import { getEnterprise } from "@zhiwei/api/enterprise";
import { Permitted } from "../access/session.ts";
import { useRoute } from "../ui/api.ts";
import { Mark } from "../ui/controls.tsx";
import { texts } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import "./consent.css";

const useT = texts({
  disputed: {
    zh: "异议处理中：{{count}} 项记录正在核查",
    en: ["Disputed: {{count}} record is being verified", "Disputed: {{count}} records are being verified"],
  },
  consents: { zh: "授权与查询记录", en: "Consents and who read what" },
});

/** Above a profile: whether records behind it are disputed, and for those concerned the way to consents and reads. */
export const Disputed = ({ id }: { id: string }) => {
  const t = useT();
  const { data } = useRoute(getEnterprise, { params: { id } });
  const disputed = data?.id === id ? data.disputed : 0;
  return (
    <div className="cs-head">
      {disputed > 0 && <Mark tone="warn">{t("disputed", { count: disputed })}</Mark>}
      <Permitted to={listConsents}>
        <Link to="/enterprises/$id/consents" params={{ id }}>
          {t("consents")}
        </Link>
      </Permitted>
    </div>
  );
};

import type { CredentialReport } from "@zhiwei/api/credential";
import type { Text } from "@zhiwei/core/basics";
import { Hash, Mark } from "../ui/controls.tsx";
import { formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Card } from "../ui/states.tsx";
import { ClaimsInWords } from "./claims.tsx";

const useT = texts({
  accepted: { zh: "核验通过", en: "Accepted" },
  refused: { zh: "不予采信", en: "Not accepted" },
  checks: { zh: "逐项核验", en: "The checks" },
  passed: { zh: "通过", en: "holds" },
  failed: { zh: "未通过", en: "fails" },
  open: { zh: "未核验", en: "open" },
  disclosed: { zh: "企业披露的内容", en: "What the enterprise discloses" },
  asOf: { zh: "观察日", en: "As of" },
  issuer: { zh: "签发者", en: "Issuer" },
  issued: { zh: "签发时间", en: "Issued" },
  expires: { zh: "有效期至", en: "Expires" },
  hash: { zh: "凭证哈希", en: "Hash of the credential" },
  nothing: {
    zh: "签名或披露未通过核验，其中的内容一概不予显示。",
    en: "Signature or disclosures do not hold, so nothing of the content is shown.",
  },
});

const CHECKS: Readonly<Record<CredentialReport["checks"][number]["id"], Text>> = {
  form: { zh: "格式", en: "Form" },
  issuer: { zh: "签发者", en: "Issuer" },
  signature: { zh: "签名", en: "Signature" },
  disclosures: { zh: "披露", en: "Disclosures" },
  type: { zh: "类型", en: "Type" },
  validity: { zh: "有效期", en: "Validity" },
  status: { zh: "吊销", en: "Revocation" },
  holder: { zh: "持有人", en: "Holder" },
  challenge: { zh: "请求", en: "Request" },
  asked: { zh: "所要内容", en: "What was asked" },
};
const TONE = { passed: "good", failed: "bad", open: "warn" } as const;

/** What became of a verification: each check by itself, then what was disclosed, and what was not. */
export const Report = ({ report }: { report: CredentialReport }) => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const { accepted, checks, credential, shown, hidden, sales } = report;
  return (
    <>
      <Card title={t("checks")} extra={<Mark tone={accepted ? "good" : "bad"}>{t(accepted ? "accepted" : "refused")}</Mark>}>
        <ul className="cr-checks" data-accepted={accepted}>
          {checks.map(({ id, state, text: words }) => (
            <li key={id} data-check={id} data-state={state}>
              <span className="cr-check-name">{text(CHECKS[id])}</span>
              <Mark tone={TONE[state]}>{t(state)}</Mark>
              <span>{text(words)}</span>
            </li>
          ))}
        </ul>
      </Card>
      <Card title={t("disclosed")}>
        {credential ? (
          <>
            <dl className="cr-claims">
              <div>
                <dt>{t("asOf")}</dt>
                <dd>{credential.asOf}</dd>
              </div>
              <div>
                <dt>{t("issuer")}</dt>
                <dd className="zw-code">{credential.issuer}</dd>
              </div>
              <div>
                <dt>{t("issued")}</dt>
                <dd>{formatInstant(credential.issuedAt, language)}</dd>
              </div>
              <div>
                <dt>{t("expires")}</dt>
                <dd>{formatInstant(credential.expiresAt, language)}</dd>
              </div>
              <div>
                <dt>{t("hash")}</dt>
                <dd>
                  <Hash value={credential.sha256} />
                </dd>
              </div>
            </dl>
            <hr className="cr-line" />
            <ClaimsInWords shown={shown} hidden={hidden} sales={sales} />
          </>
        ) : (
          <p>{t("nothing")}</p>
        )}
      </Card>
    </>
  );
};

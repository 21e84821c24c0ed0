import { API_PREFIX } from "@zhiwei/api/index";
import { listCredentials } from "@zhiwei/api/credential";
import { canonicalJson, type Json, type Text } from "@zhiwei/core/basics";
import { Permitted } from "../access/session.ts";
import { Facts } from "../ui/controls.tsx";
import { saveJson } from "../ui/download.ts";
import { formatCount, NO_VALUE } from "../ui/format.ts";
import { useLanguage, useText } from "../ui/language.tsx";
import { Link } from "../ui/router.ts";
import { Ask } from "./ask.tsx";
import { Hash, Mark } from "./small.tsx";
import { PEER_KIND, type Profile } from "./words.ts";

const T = {
  identity: { zh: "企业概况", en: "The enterprise" },
  id: { zh: "代号", en: "Code" },
  uscc: { zh: "统一社会信用代码", en: "Unified social credit code" },
  noUscc: { zh: "未提供", en: "not stated" },
  industry: { zh: "行业", en: "Industry" },
  inferred: { zh: "由名称推断", en: "inferred from name" },
  size: { zh: "规模", en: "Size class" },
  provisional: { zh: "暂定", en: "provisional" },
  region: { zh: "地区", en: "Region" },
  founded: { zh: "成立日期", en: "Founded" },
  kind: { zh: "类型", en: "Kind" },
  company: { zh: "公司", en: "company" },
  trader: { zh: "个体工商户", en: "sole trader" },
  hash: { zh: "画像哈希 SHA-256", en: "Profile SHA-256" },
  offers: { zh: "适合的融资", en: "Financing that fits" },
  bundle: { zh: "下载存证包", en: "Download bundle" },
  verify: { zh: "如何核验", en: "Verify it" },
  credential: { zh: "我的凭证", en: "My credential" },
  download: { zh: "下载画像 JSON", en: "Download profile JSON" },
} satisfies Record<string, Text>;

/** The very bytes that the hash is of: canonical JSON, so that `sha256sum` of the file gives the hash that is shown. */
const download = (profile: Profile) =>
  saveJson(`${profile.enterprise.id}-${profile.asOf}.profile.json`, canonicalJson(profile as unknown as Json));

export const Identity = ({ profile, sha256 }: { profile: Profile; sha256: string }) => {
  const text = useText();
  const { enterprise } = profile;
  const { industry, sizeClass, region } = enterprise;
  return (
    <section className="zw-card zp-identity" aria-label={text(T.identity)}>
      <Facts
        className="zp-facts"
        rows={[
          [text(T.id), <span key="id">{enterprise.id}</span>],
          [text(T.uscc), enterprise.uscc ? <code key="uscc">{enterprise.uscc}</code> : <span className="zw-mute">{text(T.noUscc)}</span>],
          [
            text(T.industry),
            industry ? (
              <span key="industry">
                {text(industry.name)} <span className="zw-mute">{industry.code}</span>{" "}
                {industry.source === "inferred-from-name" && <Mark>{text(T.inferred)}</Mark>}
              </span>
            ) : (
              NO_VALUE
            ),
          ],
          [
            text(T.size),
            <span key="size">
              <Ask of="size" what={text(T.size)}>
                {sizeClass.name ? text(sizeClass.name) : NO_VALUE}
              </Ask>{" "}
              {sizeClass.provisional && <Mark>{text(T.provisional)}</Mark>}
            </span>,
          ],
          region ? [text(T.region), `${region.name} ${region.code}`] : null,
          [text(T.kind), text(enterprise.kind === "company" ? T.company : T.trader)],
          enterprise.foundedOn ? [text(T.founded), enterprise.foundedOn] : null,
        ]}
      />
      <div className="zp-proof">
        <span className="zw-mute">{text(T.hash)}</span>
        <Hash value={sha256} name="SHA-256" />
        <button type="button" className="zp-button" onClick={() => download(profile)}>
          {text(T.download)}
        </button>
        <a
          className="zp-button"
          href={`${API_PREFIX}/enterprises/${encodeURIComponent(enterprise.id)}/bundle?asOf=${profile.asOf}`}
          download
        >
          {text(T.bundle)}
        </a>
        <Link to="/verify">{text(T.verify)}</Link>
        <Link to="/enterprises/$id/offers" params={{ id: enterprise.id }}>
          {text(T.offers)}
        </Link>
        <Permitted to={listCredentials}>
          <Link to="/enterprises/$id/credential" params={{ id: enterprise.id }}>
            {text(T.credential)}
          </Link>
        </Permitted>
      </div>
    </section>
  );
};

/** Whom the enterprise is compared with, in a sentence. */
export const PeersSentence = ({ profile: { peers } }: { profile: Profile }) => {
  const text = useText();
  const language = useLanguage();
  const count = (
    <Ask of="peers" what={text({ zh: "同业家数", en: "number of peers" })}>
      {formatCount(peers.count, language)}
    </Ask>
  );
  return language === "zh" ? (
    <p>
      与{text(PEER_KIND[peers.kind])}的其他 {count} 家企业比较{peers.kind === "all" ? "" : `（${peers.name.zh}）`}。
    </p>
  ) : (
    <p>
      Compared with {count} {peers.count === 1 ? "other" : "others"}: {peers.name.en}
      {peers.kind === "all" ? "" : ` (${PEER_KIND[peers.kind].en})`}.
    </p>
  );
};

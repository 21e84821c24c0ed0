import { useState } from "react";
import { DownOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown, Modal } from "antd";
import { useMutation } from "@tanstack/react-query";
import { type Seat, type Session, listOwnerSeats, takeSeat } from "@zhiwei/api/access";
import { call, useRoute } from "../ui/api.ts";
import { SearchField } from "../ui/controls.tsx";
import { texts, useText } from "../ui/language.tsx";
import { EmptyState, LoadingState, ProblemState } from "../ui/states.tsx";
import "./access.css";

const useT = texts({
  you: { zh: "当前席位：{{name}}", en: "Your seat: {{name}}" },
  seats: { zh: "换到另一个席位", en: "Take another seat" },
  owner: { zh: "企业负责人……", en: "Owner of an enterprise…" },
  ownerTitle: { zh: "以哪家企业负责人的身份查看？", en: "As the owner of which enterprise?" },
  search: { zh: "企业名称或代号", en: "Name or code" },
  none: { zh: "没有找到企业。", en: "No enterprise was found." },
  note: {
    zh: "演示席位无需口令；建立第一个账号后即停用。",
    en: "Seats of the demonstration need no password; the first account ends them.",
  },
});

/** The whole page begins anew: nothing that the seat before had read stays. */
const sit = async (seat: string): Promise<void> => {
  const { enterprise } = await call(takeSeat, { body: { seat } });
  window.location.assign(enterprise === null ? "/" : `/enterprises/${encodeURIComponent(enterprise)}`);
};

const OwnerDialog = ({ onClose, onSit, failure }: { onClose: () => void; onSit: (seat: string) => void; failure: unknown }) => {
  const t = useT();
  const text = useText();
  const [search, setSearch] = useState("");
  const { data, error } = useRoute(listOwnerSeats, { query: { search } });
  return (
    <Modal open title={t("ownerTitle")} footer={null} onCancel={onClose} destroyOnHidden>
      <SearchField label={t("search")} value={search} onChange={setSearch} />
      {failure ? <ProblemState error={failure} /> : null}
      {error ? <ProblemState error={error} /> : !data ? <LoadingState /> : data.length === 0 ? <EmptyState text={t("none")} /> : null}
      <ul className="ac-owners">
        {data?.map(({ id, party }: Seat) => (
          <li key={id}>
            <button type="button" className="ac-owner" onClick={() => onSit(id)}>
              {text(party.name)} <span className="zw-mute">{id.slice("enterprise:".length)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Modal>
  );
};

/** Who you are, and in the demonstration the way to another seat. */
export const WhoMenu = ({ session }: { session: Session }) => {
  const t = useT();
  const text = useText();
  const [choosing, setChoosing] = useState(false);
  const work = useMutation({ mutationFn: sit });
  if (!session.party || !session.post) return null;
  const name = `${text(session.party.name)} · ${session.by === "account" ? session.name : text(session.post)}`;
  const label = <span className="ac-name">{name}</span>;
  if (!session.seats)
    return (
      <span className="ac-who" title={name}>
        <UserOutlined aria-hidden="true" />
        {label}
      </span>
    );
  return (
    <>
      <Dropdown
        trigger={["click"]}
        menu={{
          selectedKeys: session.seat === null ? [] : [session.seat.startsWith("enterprise:") ? "enterprise" : session.seat],
          items: [
            {
              type: "group",
              label: t("seats"),
              children: [
                ...session.seats.map((seat) => ({ key: seat.id, label: `${text(seat.party.name)} · ${text(seat.post)}` })),
                { key: "enterprise", label: t("owner") },
              ],
            },
            { type: "group", label: <span className="ac-note">{t("note")}</span> },
          ],
          onClick: ({ key }) => (key === "enterprise" ? setChoosing(true) : work.mutate(key)),
        }}
      >
        <Button
          type="text"
          className="ac-who"
          icon={<UserOutlined />}
          loading={work.isPending}
          aria-label={t("you", { name })}
          title={name}
        >
          {label}
          <DownOutlined aria-hidden="true" />
        </Button>
      </Dropdown>
      {choosing && <OwnerDialog onClose={() => setChoosing(false)} onSit={(seat) => work.mutate(seat)} failure={work.error} />}
    </>
  );
};

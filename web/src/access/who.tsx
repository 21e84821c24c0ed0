import { useState } from "react";
import { DownOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown, Modal } from "antd";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type Seat, type Session, listAccounts, listOwnerSeats, takeSeat } from "@zhiwei/api/access";
import { askAuth, call, useRoute } from "../ui/api.ts";
import { SearchField } from "../ui/controls.tsx";
import { texts, useText } from "../ui/language.tsx";
import { EmptyState, LoadingState, ProblemState } from "../ui/states.tsx";
import "./access.css";
import { PasswordDialog } from "./password-dialog.tsx";
import { useMay } from "./session.ts";

const useT = texts({
  you: { zh: "当前席位：{{name}}", en: "Your seat: {{name}}" },
  youAccount: { zh: "当前账号：{{name}}", en: "Signed in: {{name}}" },
  seats: { zh: "换到另一个席位", en: "Take another seat" },
  owner: { zh: "企业负责人……", en: "Owner of an enterprise…" },
  ownerTitle: { zh: "以哪家企业负责人的身份查看？", en: "As the owner of which enterprise?" },
  search: { zh: "企业名称或代号", en: "Name or code" },
  none: { zh: "没有找到企业。", en: "No enterprise was found." },
  accounts: { zh: "账号与机构", en: "Accounts and institutions" },
  password: { zh: "修改口令", en: "Change password" },
  signOut: { zh: "退出登录", en: "Sign out" },
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

const signOut = async (): Promise<void> => {
  await askAuth("/sign-out", {});
  window.location.assign("/");
};

/** Who you are; in the demonstration the way to another seat, for an account the way out, for the operator that to the accounts. */
export const WhoMenu = ({ session }: { session: Session }) => {
  const t = useT();
  const text = useText();
  const may = useMay();
  const navigate = useNavigate();
  const [open, setOpen] = useState<"owner" | "password" | null>(null);
  const work = useMutation({ mutationFn: (seat: string | null) => (seat === null ? signOut() : sit(seat)) });
  if (!session.party || !session.post) return null;
  const signedIn = session.by === "account";
  const name = `${text(session.party.name)} · ${signedIn ? session.name : text(session.post)}`;
  const label = <span className="ac-name">{name}</span>;
  const items = [
    ...(session.seats
      ? [
          {
            type: "group" as const,
            label: t("seats"),
            children: [
              ...session.seats.map((seat) => ({ key: seat.id, label: `${text(seat.party.name)} · ${text(seat.post)}` })),
              { key: "enterprise", label: t("owner") },
            ],
          },
          { type: "group" as const, label: <span className="ac-note">{t("note")}</span> },
        ]
      : []),
    ...(may(listAccounts) ? [{ key: "#accounts", label: t("accounts") }] : []),
    ...(signedIn
      ? [
          { key: "#password", label: t("password") },
          { key: "#sign-out", label: t("signOut") },
        ]
      : []),
  ];
  const choose = (key: string) => {
    if (key === "enterprise") setOpen("owner");
    else if (key === "#password") setOpen("password");
    else if (key === "#accounts") void navigate({ to: "/accounts" });
    else work.mutate(key === "#sign-out" ? null : key);
  };
  if (items.length === 0)
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
          items,
          onClick: ({ key }) => choose(key),
        }}
      >
        <Button
          type="text"
          className="ac-who"
          icon={<UserOutlined />}
          loading={work.isPending}
          aria-label={t(signedIn ? "youAccount" : "you", { name })}
          title={name}
        >
          {label}
          <DownOutlined aria-hidden="true" />
        </Button>
      </Dropdown>
      {open === "owner" && <OwnerDialog onClose={() => setOpen(null)} onSit={(seat) => work.mutate(seat)} failure={work.error} />}
      {open === "password" && <PasswordDialog onClose={() => setOpen(null)} />}
    </>
  );
};

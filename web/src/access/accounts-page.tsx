import { useId, useState } from "react";
import { Alert, Button, Modal } from "antd";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import {
  type Account,
  type Key,
  MOST_KEY_DAYS,
  type Party,
  addAccount,
  addKey,
  addParty,
  changeAccount,
  listAccounts,
  listKeys,
  listParties,
  revokeKey,
} from "@zhiwei/api/access";
import type { Input } from "@zhiwei/api/route";
import type { Text } from "@zhiwei/core/basics";
import { call, useRoute } from "../ui/api.ts";
import { Choice, Mark } from "../ui/controls.tsx";
import { formatInstant } from "../ui/format.ts";
import { texts, useLanguage, useText } from "../ui/language.tsx";
import { Card, EmptyState, LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { DataTable } from "../ui/table.tsx";
import "./access.css";
import { useSession } from "./session.ts";

const useT = texts({
  title: { zh: "账号与机构", en: "Accounts and institutions" },
  accounts: { zh: "账号", en: "Accounts" },
  parties: { zh: "机构", en: "Institutions" },
  none: {
    zh: "还没有账号。建立第一个账号后，本机与演示席位都须登录。",
    en: "There is no account yet. Once there is one, this machine and the seats of the demonstration need a sign-in too.",
  },
  firstNote: {
    zh: "第一个账号须属于平台运营方。建立之后您须用它登录，演示席位随之停用。",
    en: "The first account must be the operator's. You then sign in with it, and the seats of the demonstration end.",
  },
  email: { zh: "邮箱", en: "E-mail address" },
  party: { zh: "当事方", en: "Party" },
  name: { zh: "姓名或岗位名称（在一方之内不重复）", en: "Name of the person or post, once in its party" },
  nameShort: { zh: "名称", en: "Name" },
  post: { zh: "岗位", en: "Post" },
  state: { zh: "状态", en: "State" },
  made: { zh: "建立于", en: "Made" },
  actions: { zh: "操作", en: "Actions" },
  works: { zh: "可用", en: "works" },
  disabled: { zh: "已停用", en: "disabled" },
  disable: { zh: "停用", en: "Disable" },
  enable: { zh: "启用", en: "Enable" },
  newPassword: { zh: "换发口令", en: "New password" },
  sureDisable: { zh: "停用 {{email}}？其登录立即结束。", en: "Disable {{email}}? Its sign-ins end at once." },
  surePassword: { zh: "为 {{email}} 换发口令？其登录立即结束。", en: "A new password for {{email}}? Its sign-ins end at once." },
  cancel: { zh: "取消", en: "Cancel" },
  add: { zh: "建立账号", en: "Make an account" },
  addParty: { zh: "登记机构", en: "Register an institution" },
  id: { zh: "机构编号（小写字母、数字、连字符）", en: "Id (small letters, digits, hyphens)" },
  kind: { zh: "类别", en: "Kind" },
  nameZh: { zh: "中文名称", en: "Name in Chinese" },
  nameEn: { zh: "英文名称", en: "Name in English" },
  owner: { zh: "企业（填写企业代号）", en: "An enterprise (by its code)" },
  enterprise: { zh: "企业代号", en: "Code of the enterprise" },
  password: { zh: "{{email}} 的口令", en: "The password of {{email}}" },
  once: {
    zh: "口令只显示这一次，平台只保存其哈希。请当面或经可靠途径交给本人，并请其登录后修改。",
    en: "It is shown this once; the platform keeps a hash of it. Hand it over in person or by a safe way, and have it changed after the first sign-in.",
  },
  noted: { zh: "已记下", en: "Noted" },
  keys: { zh: "机构程序的密钥", en: "Keys of institutions' machines" },
  noKeys: {
    zh: "还没有密钥。密钥供机构的程序调用接口，由其账号承担。",
    en: "There are no keys yet. With one, a program of an institution acts as its account.",
  },
  giveKey: { zh: "发放密钥", en: "Give a key" },
  revoke: { zh: "收回", en: "Revoke" },
  sureRevoke: { zh: "收回“{{name}}”？用它的程序立即被拒绝。", en: "Revoke {{name}}? The program that uses it is refused at once." },
  machine: { zh: "程序名称", en: "Name of the program" },
  days: { zh: "有效天数（1 至 365）", en: "Days that it holds (1 to 365)" },
  start: { zh: "开头", en: "Begins with" },
  expires: { zh: "到期", en: "Expires" },
  used: { zh: "上次使用", en: "Last used" },
  never: { zh: "未使用", en: "never" },
  theKey: { zh: "{{name}} 的密钥", en: "The key of {{name}}" },
  keyOnce: {
    zh: "密钥只显示这一次，平台只保存其哈希。请求时写作 authorization: Bearer 密钥。",
    en: "It is shown this once; the platform keeps a hash of it. It is sent as authorization: Bearer KEY.",
  },
  demonstration: { zh: "示范", en: "demonstration" },
  code: { zh: "编号", en: "Id" },
});

const KINDS: Readonly<Record<Party["kind"], Text>> = {
  operator: { zh: "平台运营方", en: "Operator" },
  enterprise: { zh: "企业", en: "Enterprise" },
  bank: { zh: "银行", en: "Bank" },
  guarantor: { zh: "担保机构", en: "Guarantor" },
  insurer: { zh: "保险机构", en: "Insurer" },
  bureau: { zh: "财政与主管部门", en: "Bureau" },
  supervisor: { zh: "监管部门", en: "Supervisor" },
};
const INSTITUTIONS = ["bank", "guarantor", "insurer", "bureau", "supervisor"] as const;

const Field = ({
  label,
  value,
  onChange,
  type = "text",
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "email";
}) => {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="zw-input"
        type={type}
        autoComplete="off"
        maxLength={type === "email" ? 200 : 60}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
};

/** What is shown once: a password or a key. */
type Told = { readonly kind: "password" | "theKey"; readonly of: string; readonly secret: string };

const SecretTold = ({ told, onClose }: { told: Told; onClose: () => void }) => {
  const t = useT();
  return (
    <Modal
      open
      title={told.kind === "password" ? t("password", { email: told.of }) : t("theKey", { name: told.of })}
      okText={t("noted")}
      cancelButtonProps={{ style: { display: "none" } }}
      closable={false}
      onOk={onClose}
    >
      <p>
        <code className="ac-password">{told.secret}</code>
      </p>
      <p>{t(told.kind === "password" ? "once" : "keyOnce")}</p>
    </Modal>
  );
};

const AddAccount = ({
  parties,
  first,
  onTold,
  onClose,
}: {
  parties: readonly Party[];
  first: boolean;
  onTold: (told: Told) => void;
  onClose: () => void;
}) => {
  const t = useT();
  const text = useText();
  const [party, setParty] = useState("operator");
  const [enterprise, setEnterprise] = useState("");
  const [email, setEmail] = useState("");
  const [post, setPost] = useState("");
  const [name, setName] = useState("");
  const work = useMutation({
    mutationFn: () =>
      call(addAccount, {
        body: {
          party: party === "enterprise" ? `enterprise:${enterprise.trim()}` : party,
          email: email.trim(),
          post: post.trim(),
          ...(name.trim() === "" ? {} : { name: name.trim() }),
        },
      }),
    onSuccess: ({ account, password }) => onTold({ kind: "password", of: account.email, secret: password! }),
  });
  const ready = email.trim() !== "" && post.trim() !== "" && (party !== "enterprise" || enterprise.trim() !== "");
  return (
    <Modal
      open
      title={t("add")}
      okText={t("add")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: !ready, loading: work.isPending }}
      onOk={() => work.mutate()}
      onCancel={onClose}
      destroyOnHidden
    >
      <div className="ac-form">
        {first ? (
          <Alert type="warning" showIcon title={t("firstNote")} />
        ) : (
          <Choice
            label={t("party")}
            showLabel
            value={party}
            onChange={setParty}
            options={[...parties.map((each) => ({ value: each.id, label: text(each.name) })), { value: "enterprise", label: t("owner") }]}
          />
        )}
        {party === "enterprise" && <Field label={t("enterprise")} value={enterprise} onChange={setEnterprise} />}
        <Field label={t("email")} type="email" value={email} onChange={setEmail} />
        <Field label={t("post")} value={post} onChange={setPost} />
        <Field label={t("name")} value={name} onChange={setName} />
      </div>
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

const AddParty = ({ onClose }: { onClose: () => void }) => {
  const t = useT();
  const text = useText();
  const queries = useQueryClient();
  const [id, setId] = useState("");
  const [kind, setKind] = useState<string>("bank");
  const [zh, setZh] = useState("");
  const [en, setEn] = useState("");
  const work = useMutation({
    mutationFn: () =>
      call(addParty, {
        body: { id: id.trim(), kind: kind as Input<typeof addParty>["body"]["kind"], name: { zh: zh.trim(), en: en.trim() } },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onClose();
    },
  });
  return (
    <Modal
      open
      title={t("addParty")}
      okText={t("addParty")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: [id, zh, en].some((each) => each.trim() === ""), loading: work.isPending }}
      onOk={() => work.mutate()}
      onCancel={onClose}
      destroyOnHidden
    >
      <div className="ac-form">
        <Choice
          label={t("kind")}
          showLabel
          value={kind}
          onChange={setKind}
          options={INSTITUTIONS.map((each) => ({ value: each, label: text(KINDS[each]) }))}
        />
        <Field label={t("id")} value={id} onChange={setId} />
        <Field label={t("nameZh")} value={zh} onChange={setZh} />
        <Field label={t("nameEn")} value={en} onChange={setEn} />
      </div>
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

type Change = Input<typeof changeAccount>["body"]["change"];

const ChangeDialog = ({
  account,
  change,
  onTold,
  onClose,
}: {
  account: Account;
  change: Change;
  onTold: (told: Told) => void;
  onClose: () => void;
}) => {
  const t = useT();
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: () => call(changeAccount, { params: { id: account.id }, body: { change } }),
    onSuccess: async ({ password }) => {
      await queries.invalidateQueries();
      onClose();
      if (password !== null) onTold({ kind: "password", of: account.email, secret: password });
    },
  });
  const title = t(change === "new-password" ? "newPassword" : change);
  return (
    <Modal
      open
      title={title}
      okText={title}
      cancelText={t("cancel")}
      okButtonProps={{ danger: change === "disable", loading: work.isPending }}
      onOk={() => work.mutate()}
      onCancel={onClose}
      destroyOnHidden
    >
      <p>{change === "enable" ? account.email : t(change === "disable" ? "sureDisable" : "surePassword", { email: account.email })}</p>
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

const GiveKey = ({ account, onTold, onClose }: { account: Account; onTold: (told: Told) => void; onClose: () => void }) => {
  const t = useT();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const whole = /^\d{1,3}$/.test(days) ? Number(days) : 0;
  const work = useMutation({
    mutationFn: () => call(addKey, { params: { id: account.id }, body: { name: name.trim(), days: whole } }),
    onSuccess: async ({ key, secret }) => {
      await queries.invalidateQueries();
      onClose();
      onTold({ kind: "theKey", of: key.name, secret });
    },
  });
  return (
    <Modal
      open
      title={`${t("giveKey")} · ${account.email}`}
      okText={t("giveKey")}
      cancelText={t("cancel")}
      okButtonProps={{ disabled: name.trim() === "" || whole < 1 || whole > MOST_KEY_DAYS, loading: work.isPending }}
      onOk={() => work.mutate()}
      onCancel={onClose}
      destroyOnHidden
    >
      <div className="ac-form">
        <Field label={t("machine")} value={name} onChange={setName} />
        <Field label={t("days")} value={days} onChange={setDays} />
      </div>
      {work.error && <ProblemState error={work.error} />}
    </Modal>
  );
};

const Keys = ({ accounts }: { accounts: readonly Account[] }) => {
  const t = useT();
  const language = useLanguage();
  const queries = useQueryClient();
  const [revoking, setRevoking] = useState<Key | null>(null);
  const keys = useRoute(listKeys);
  const work = useMutation({
    mutationFn: (id: string) => call(revokeKey, { params: { id } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      setRevoking(null);
    },
  });
  const instant = (at: string | null) => (at === null ? t("never") : formatInstant(at, language));
  return (
    <Card title={t("keys")}>
      {keys.error ? (
        <ProblemState error={keys.error} onRetry={() => void keys.refetch()} />
      ) : !keys.data ? (
        <LoadingState rows={2} />
      ) : keys.data.length === 0 ? (
        <EmptyState text={t("noKeys")} />
      ) : (
        <DataTable
          caption={t("keys")}
          rows={keys.data}
          keyOf={(key) => key.id}
          columns={[
            { key: "name", title: t("machine"), names: true, render: (key) => key.name },
            { key: "account", title: t("accounts"), render: (key) => accounts.find(({ id }) => id === key.account)?.email ?? key.account },
            { key: "start", title: t("start"), render: (key) => <code>{key.start}…</code> },
            { key: "expires", title: t("expires"), render: (key) => instant(key.expiresAt) },
            { key: "used", title: t("used"), render: (key) => instant(key.lastUsedAt) },
            {
              key: "actions",
              title: t("actions"),
              render: (key) => (
                <Button size="small" autoInsertSpace={false} aria-label={`${t("revoke")} ${key.name}`} onClick={() => setRevoking(key)}>
                  {t("revoke")}
                </Button>
              ),
            },
          ]}
        />
      )}
      {revoking && (
        <Modal
          open
          title={t("revoke")}
          okText={t("revoke")}
          cancelText={t("cancel")}
          okButtonProps={{ danger: true, loading: work.isPending }}
          onOk={() => work.mutate(revoking.id)}
          onCancel={() => setRevoking(null)}
          destroyOnHidden
        >
          <p>{t("sureRevoke", { name: revoking.name })}</p>
          {work.error && <ProblemState error={work.error} />}
        </Modal>
      )}
    </Card>
  );
};

/** Who may sign in, and for whom: made, disabled and given new passwords by the operator. */
export const AccountsPage = () => {
  const t = useT();
  const text = useText();
  const language = useLanguage();
  const session = useSession();
  const accounts = useRoute(listAccounts);
  const parties = useRoute(listParties);
  const queries = useQueryClient();
  const [adding, setAdding] = useState<"account" | "party" | null>(null);
  const [changing, setChanging] = useState<{ account: Account; change: Change } | null>(null);
  const [giving, setGiving] = useState<Account | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const error = accounts.error ?? parties.error;
  const partyName = (id: string) => {
    const found = parties.data?.find((each) => each.id === id);
    return found ? text(found.name) : id;
  };
  const state = (account: Account) => <Mark tone={account.disabled ? "warn" : "good"}>{t(account.disabled ? "disabled" : "works")}</Mark>;
  const actions = (account: Account) => (
    <span className="ac-actions">
      {!account.disabled && (
        <Button size="small" autoInsertSpace={false} aria-label={`${t("giveKey")} ${account.email}`} onClick={() => setGiving(account)}>
          {t("giveKey")}
        </Button>
      )}
      {(account.disabled ? (["enable"] as const) : (["new-password", "disable"] as const)).map((change) => (
        <Button
          key={change}
          size="small"
          autoInsertSpace={false}
          aria-label={`${t(change === "new-password" ? "newPassword" : change)} ${account.email}`}
          onClick={() => setChanging({ account, change })}
        >
          {t(change === "new-password" ? "newPassword" : change)}
        </Button>
      ))}
    </span>
  );
  return (
    <Page
      title={t("title")}
      extra={
        <span className="ac-actions">
          <Button onClick={() => setAdding("party")}>{t("addParty")}</Button>
          <Button type="primary" onClick={() => setAdding("account")}>
            {t("add")}
          </Button>
        </span>
      }
    >
      {error ? (
        <ProblemState error={error} onRetry={() => void Promise.all([accounts.refetch(), parties.refetch()])} />
      ) : !accounts.data || !parties.data ? (
        <LoadingState rows={8} />
      ) : (
        <>
          <Card title={t("accounts")}>
            {accounts.data.length === 0 ? (
              <EmptyState text={t("none")} />
            ) : (
              <DataTable
                caption={t("accounts")}
                rows={accounts.data}
                keyOf={(account) => account.id}
                columns={[
                  { key: "email", title: t("email"), names: true, render: (account) => account.email },
                  { key: "party", title: t("party"), render: (account) => partyName(account.party) },
                  { key: "name", title: t("nameShort"), render: (account) => account.name },
                  { key: "post", title: t("post"), render: (account) => account.post },
                  { key: "state", title: t("state"), render: state },
                  { key: "made", title: t("made"), render: (account) => formatInstant(account.createdAt, language) },
                  { key: "actions", title: t("actions"), render: actions },
                ]}
                card={(account) => (
                  <>
                    <strong>{account.email}</strong> {state(account)}
                    <p className="zw-mute">
                      {partyName(account.party)} · {account.name} · {account.post}
                    </p>
                    {actions(account)}
                  </>
                )}
              />
            )}
          </Card>
          {accounts.data.length > 0 && <Keys accounts={accounts.data} />}
          <Card title={t("parties")}>
            <DataTable
              caption={t("parties")}
              rows={parties.data}
              keyOf={(each) => each.id}
              columns={[
                { key: "name", title: t("nameShort"), names: true, render: (each) => text(each.name) },
                { key: "id", title: t("code"), render: (each) => <code>{each.id}</code> },
                { key: "kind", title: t("kind"), render: (each) => text(KINDS[each.kind]) },
                {
                  key: "demonstration",
                  title: t("state"),
                  render: (each) => (each.demonstration ? <Mark>{t("demonstration")}</Mark> : null),
                },
              ]}
            />
          </Card>
        </>
      )}
      {adding === "account" && parties.data && (
        <AddAccount
          parties={parties.data}
          first={accounts.data?.length === 0}
          onTold={(next) => {
            setAdding(null);
            setTold(next);
          }}
          onClose={() => setAdding(null)}
        />
      )}
      {adding === "party" && <AddParty onClose={() => setAdding(null)} />}
      {changing && <ChangeDialog {...changing} onTold={setTold} onClose={() => setChanging(null)} />}
      {giving && <GiveKey account={giving} onTold={setTold} onClose={() => setGiving(null)} />}
      {told && (
        <SecretTold
          told={told}
          onClose={() => {
            setTold(null);
            // The first account has ended the time without sign-in: the page begins anew, at the sign-in.
            if (session.data?.by === "account") void queries.invalidateQueries();
            else window.location.assign("/sign-in");
          }}
        />
      )}
    </Page>
  );
};

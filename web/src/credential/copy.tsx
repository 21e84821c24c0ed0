import { useId, useState } from "react";
import { Button } from "antd";
import { texts } from "../ui/language.tsx";

const useT = texts({ copy: { zh: "复制", en: "Copy" }, copied: { zh: "已复制", en: "Copied" } });

/** A long text to be handed on: the whole of it to copy, some of it to look at. */
export const CopyField = ({ label, value }: { label: string; value: string }) => {
  const t = useT();
  const id = useId();
  const [copied, setCopied] = useState("");
  return (
    <div className="cr-copy">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="zw-input cr-code" rows={3} readOnly value={value} onFocus={(event) => event.target.select()} />
      <Button onClick={() => void navigator.clipboard.writeText(value).then(() => setCopied(value))}>
        {t(copied === value ? "copied" : "copy")}
        <span className="zw-visually-hidden"> {label}</span>
      </Button>
    </div>
  );
};

import { type ReactNode, createContext, useCallback, useContext, useEffect, useMemo, useState } from "react";
import type { Language, Text } from "@zhiwei/core/basics";

const KEY = "zhiwei.language";
const Context = createContext<{ language: Language; change: (language: Language) => void }>({ language: "zh", change: () => {} });

/** The language chosen here before; else the browser's, where it is not Chinese; else Chinese. */
const initial = (): Language => {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "zh" || chosen === "en") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
};

/**
 * Every text of the console is a pair {zh, en} that stands beside its use, so that neither language can lack a
 * sentence: the compiler asks for both.
 */
export const LanguageProvider = ({ children }: { children: ReactNode }) => {
  const [language, setLanguage] = useState(initial);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const value = useMemo(
    () => ({
      language,
      change: (next: Language) => {
        localStorage.setItem(KEY, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <Context value={value}>{children}</Context>;
};

/** A sentence in both languages; English may have a singular and a plural, chosen by `count`. `{{name}}` is filled in. */
type Pair = { readonly zh: string; readonly en: string | readonly [one: string, other: string] };
type Values = Readonly<Record<string, string | number>>;

/** The sentences of one page by their names, and the hook that speaks them. */
export const texts = <K extends string>(pairs: Readonly<Record<K, Pair>>): (() => (key: K, values?: Values) => string) => {
  const say = (language: Language, key: K, values: Values = {}): string => {
    const said = pairs[key][language];
    const sentence = typeof said === "string" ? said : said[values["count"] === 1 || values["count"] === "1" ? 0 : 1];
    return sentence.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ""));
  };
  return () => {
    const language = useLanguage();
    return useCallback((key: K, values?: Values) => say(language, key, values), [language]);
  };
};

export const useLanguage = (): Language => useContext(Context).language;
export const useChangeLanguage = () => useContext(Context).change;
export const useText = (): ((text: Text) => string) => {
  const language = useLanguage();
  return useCallback((text: Text) => text[language], [language]);
};

import { type ReactNode, createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { ConfigProvider, theme as antd } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { useLanguage } from "./language.tsx";

/** Colours by what they say. Text on surface keeps at least 4.5 : 1 in both schemes. */
const PALETTES = {
  light: {
    ink: "#17242a",
    mute: "#56666e",
    line: "#d9e0e2",
    control: "#7d8c93",
    surface: "#ffffff",
    page: "#f4f6f6",
    accent: "#0b5f6d",
    good: "#1d6b3c",
    warn: "#8a5300",
    bad: "#b02a22",
    sales: "#0b7285",
    purchases: "#b9770e",
  },
  dark: {
    ink: "#e6ecee",
    mute: "#a3b1b7",
    line: "#33424a",
    control: "#71828a",
    surface: "#172126",
    page: "#0f171b",
    accent: "#5fc3d2",
    good: "#6fcf97",
    warn: "#e8b45a",
    bad: "#ff8f85",
    sales: "#4fb7c8",
    purchases: "#e0a84a",
  },
} as const;

export type Scheme = keyof typeof PALETTES;
export type Palette = { readonly [name in keyof (typeof PALETTES)["light"]]: string };
/** `system` follows the device. */
export type Choice = Scheme | "system";

const KEY = "zhiwei.scheme";
const FONT =
  '"PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC Variable", system-ui, -apple-system, "Segoe UI", sans-serif';

const Context = createContext<{ scheme: Scheme; choice: Choice; choose: (choice: Choice) => void }>({
  scheme: "light",
  choice: "system",
  choose: () => {},
});

const query = "(prefers-color-scheme: dark)";
const subscribe = (changed: () => void) => {
  const media = matchMedia(query);
  media.addEventListener("change", changed);
  return () => media.removeEventListener("change", changed);
};

export const ThemeProvider = ({ children }: { children: ReactNode }) => {
  const language = useLanguage();
  const device: Scheme = useSyncExternalStore(subscribe, () => matchMedia(query).matches) ? "dark" : "light";
  const [choice, setChoice] = useState<Choice>(() => {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  });
  const scheme = choice === "system" ? device : choice;
  const palette = PALETTES[scheme];
  useEffect(() => {
    const root = document.documentElement;
    root.dataset["scheme"] = scheme;
    root.style.colorScheme = scheme;
    for (const [name, colour] of Object.entries(palette)) root.style.setProperty(`--zw-${name}`, colour);
  }, [scheme, palette]);
  const value = useMemo(
    () => ({
      scheme,
      choice,
      choose: (next: Choice) => {
        if (next === "system") localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, next);
        setChoice(next);
      },
    }),
    [scheme, choice],
  );
  const tokens = useMemo(
    () => ({
      algorithm: scheme === "dark" ? antd.darkAlgorithm : antd.defaultAlgorithm,
      token: {
        colorPrimary: palette.accent,
        colorInfo: palette.accent,
        colorLink: palette.accent,
        colorLinkHover: palette.accent,
        colorSuccess: palette.good,
        colorWarning: palette.warn,
        // Made from so dark a colour, the light ground of a warning would be a murky brown.
        ...(scheme === "light" ? { colorWarningBg: "#fbf3e4", colorWarningBorder: "#d8b888" } : {}),
        colorError: palette.bad,
        colorText: palette.ink,
        colorTextHeading: palette.ink,
        colorTextSecondary: palette.mute,
        colorTextTertiary: palette.mute,
        colorTextDescription: palette.mute,
        colorTextPlaceholder: palette.mute,
        colorTextDisabled: palette.mute,
        colorBgBase: palette.surface,
        colorBgContainer: palette.surface,
        colorBgElevated: palette.surface,
        colorBgLayout: palette.page,
        colorBorder: palette.control,
        colorBorderSecondary: palette.line,
        colorTextLightSolid: scheme === "dark" ? "#0f171b" : "#ffffff",
        fontFamily: FONT,
        fontSize: 14,
        borderRadius: 5,
        wireframe: false,
        motion: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      },
      components: {
        Table: { headerBg: "transparent", cellPaddingBlockSM: 6, cellPaddingInlineSM: 10, headerColor: palette.mute },
        Tag: { defaultBg: "transparent", defaultColor: palette.mute },
      },
    }),
    [scheme, palette],
  );
  return (
    <Context value={value}>
      {/* A name is what is written on a button: no space is put between two characters. */}
      <ConfigProvider theme={tokens} locale={language === "zh" ? zhCN : enUS} button={{ autoInsertSpace: false }}>
        {children}
      </ConfigProvider>
    </Context>
  );
};

export const useScheme = () => useContext(Context);
export const usePalette = (): Palette => PALETTES[useContext(Context).scheme];

/** What a workshop holds before anything is trained, and the request that it becomes. */
import type { startTraining } from "@zhiwei/api/scorecard";
import type { Input } from "@zhiwei/api/route";
import { holdsWhenSplit } from "@zhiwei/core/features";
import {
  type BinEdit,
  type BinningOptions,
  type BoostingOptions,
  type ExpertPrior,
  type Shape,
  type Trend,
  boostingDefaults,
} from "@zhiwei/core/scorecard";
import { type Details } from "./words.ts";

type Request = Input<typeof startTraining>["body"];
type Options = NonNullable<Request["recipe"]["options"]>;

/** An expert's word on one feature; without a reason it is only a wish for the trend. */
export type Word = { readonly trend: Trend; readonly least: string; readonly most: string; readonly reason: string };
export const noWord: Word = { trend: "auto", least: "", most: "", reason: "" };

export type Workshop = {
  /** Features offered; null for all that may be. */
  readonly features: readonly string[] | null;
  /** Only features of the platform that billing one sale as several invoices cannot move. */
  readonly unmoved: boolean;
  readonly binning: Required<
    Pick<BinningOptions, "method" | "objective" | "maxBins" | "minBinShare" | "minEvents" | "maxPValue" | "smoothing">
  >;
  readonly words: Readonly<Record<string, Word>>;
  readonly edits: Readonly<Record<string, BinEdit>>;
  readonly minIv: number;
  readonly maxCorrelation: number;
  readonly l2: string;
  readonly l1: number;
  readonly keepMeaning: boolean;
  readonly centre: number;
  readonly selection: "none" | "aic" | "bic";
  readonly basePoints: number;
  readonly baseOdds: number;
  readonly pointsToDouble: number;
  /** Percent, or nothing. */
  readonly centralTendency: string;
  readonly folds: number;
  readonly repeats: number;
  readonly refits: number;
  readonly seed: number;
  readonly holdOut: "none" | "share" | "time";
  readonly holdOutShare: number;
  readonly holdOutFrom: string;
  /** Settings of the boosted trees beside the card; null for none. */
  readonly challenger: BoostingOptions | null;
  /** Settings of the model it starts from that have no field here: kept as they are. */
  readonly rest: Options;
  readonly name: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly purpose: { readonly zh: string; readonly en: string };
  /** One limit a line. */
  readonly limits: { readonly zh: string; readonly en: string };
  readonly note: string;
};

export const emptyWorkshop: Workshop = {
  features: null,
  unmoved: true,
  binning: { method: "optimal", objective: "iv", maxBins: 8, minBinShare: 0.03, minEvents: 1, maxPValue: null, smoothing: 0.5 },
  words: {},
  edits: {},
  minIv: 0.02,
  maxCorrelation: 0.95,
  l2: "3",
  l1: 0,
  keepMeaning: true,
  centre: 0,
  selection: "none",
  basePoints: 600,
  baseOdds: 50,
  pointsToDouble: 20,
  centralTendency: "",
  folds: 5,
  repeats: 5,
  refits: 100,
  seed: 1,
  holdOut: "none",
  holdOutShare: 25,
  holdOutFrom: "",
  challenger: boostingDefaults,
  rest: {},
  name: "",
  title: { zh: "", en: "" },
  purpose: { zh: "", en: "" },
  limits: { zh: "", en: "" },
  note: "",
};

/** The platform's own sample, whose columns are features of the catalogue. */
const PLATFORM_SAMPLE = "platform";
/** Whether the question is put at all: of a table that was brought nobody here knows how its columns are made. */
export const asksOfSplitting = (sample: string): boolean => sample === PLATFORM_SAMPLE;
/** Whether a feature may be offered to the model. */
export const mayOffer = ({ unmoved }: Pick<Workshop, "unmoved">, sample: string, feature: string): boolean =>
  !unmoved || !asksOfSplitting(sample) || holdsWhenSplit(feature);

/** The binning asked for of one feature: the common settings, and the trend that was wished or laid down. */
export const binningOf = (workshop: Workshop, feature: string): BinningOptions => ({
  ...workshop.rest.binning,
  ...workshop.binning,
  ...(workshop.rest.byFeature?.[feature] as BinningOptions | undefined),
  ...(workshop.words[feature] ? { trend: workshop.words[feature].trend } : {}),
});

const numberOf = (text: string): number | undefined => (text.trim() === "" || !Number.isFinite(Number(text)) ? undefined : Number(text));

/** The L2 penalty as typed: a number, or several of which cross-validation chooses; null where it is neither. */
export const penaltiesOf = (text: string): number | number[] | null => {
  const found = text
    .split(/[\s,，、]+/)
    .filter((part) => part !== "")
    .map(Number);
  if (found.length === 0 || found.some((value) => !Number.isFinite(value) || value < 0)) return null;
  return found.length === 1 ? found[0]! : found;
};

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

export const requestOf = (workshop: Workshop, sample: string, by: string, today: string, basedOn: string | null): Request => {
  const offered = workshop.features && new Set(workshop.features);
  const isOffered = (feature: string) => (!offered || offered.has(feature)) && mayOffer(workshop, sample, feature);
  const words = Object.entries(workshop.words).filter(([feature]) => isOffered(feature));
  const isPrior = ({ reason }: Word) => reason.trim() !== "";
  const earlier = new Map((workshop.rest.priors ?? []).map((prior) => [prior.feature, prior]));
  const priors = words.flatMap(([feature, word]): ExpertPrior[] => {
    if (!isPrior(word)) return [];
    const least = numberOf(word.least);
    const most = numberOf(word.most);
    const said = {
      feature,
      ...(word.trend === "auto" ? {} : { trend: word.trend as Shape }),
      ...(least === undefined ? {} : { least }),
      ...(most === undefined ? {} : { most }),
      reason: word.reason.trim(),
    };
    const before = earlier.get(feature);
    // What nobody has changed stays the word of whoever gave it, on the day it was given.
    const same =
      before && before.trend === said.trend && before.least === said.least && before.most === said.most && before.reason === said.reason;
    return [same ? (before as ExpertPrior) : ({ ...said, setBy: by, setOn: today } as ExpertPrior)];
  });
  const byFeature = Object.fromEntries([
    // A trend has its own field here, which may have been cleared.
    ...Object.entries(workshop.rest.byFeature ?? {}).flatMap(([feature, options]) => {
      const others = Object.entries(options).filter(([key]) => key !== "trend");
      return others.length > 0 ? [[feature, Object.fromEntries(others)] as const] : [];
    }),
    ...words.flatMap(([feature, word]) =>
      isPrior(word) || word.trend === "auto" ? [] : [[feature, { ...workshop.rest.byFeature?.[feature], trend: word.trend }] as const],
    ),
  ]);
  const tendency = numberOf(workshop.centralTendency);
  const [zh, en] = [lines(workshop.limits.zh), lines(workshop.limits.en)];
  return {
    sample,
    name: workshop.name,
    title: { zh: workshop.title.zh.trim(), en: workshop.title.en.trim() || workshop.title.zh.trim() },
    purpose: { zh: workshop.purpose.zh.trim(), en: workshop.purpose.en.trim() || workshop.purpose.zh.trim() },
    limits: zh.map((line, i) => ({ zh: line, en: en[i] ?? line })),
    by,
    note: workshop.note.trim(),
    basedOn,
    recipe: {
      features: workshop.features && workshop.features.filter(isOffered),
      ...(asksOfSplitting(sample) ? { unmovedBySplitting: workshop.unmoved } : {}),
      options: {
        ...workshop.rest,
        binning: { ...workshop.rest.binning, ...workshop.binning },
        byFeature,
        priors: priors as unknown as NonNullable<Options["priors"]>,
        edits: Object.values(workshop.edits).filter((edit) => isOffered(edit.feature)) as unknown as NonNullable<Options["edits"]>,
        minIv: workshop.minIv,
        maxCorrelation: workshop.maxCorrelation,
        l2: penaltiesOf(workshop.l2) ?? 3,
        l1: workshop.l1,
        keepMeaning: workshop.keepMeaning,
        centre: workshop.centre,
        selection: workshop.selection === "none" ? null : { direction: "both", criterion: workshop.selection },
        scale: {
          decimals: 0,
          spread: false,
          ...workshop.rest.scale,
          basePoints: workshop.basePoints,
          baseOdds: workshop.baseOdds,
          pointsToDouble: workshop.pointsToDouble,
        },
        centralTendency: tendency === undefined ? null : tendency / 100,
      },
      folds: workshop.folds,
      repeats: workshop.repeats,
      refits: workshop.refits,
      seed: workshop.seed,
      holdOut:
        workshop.holdOut === "share"
          ? { share: workshop.holdOutShare / 100 }
          : workshop.holdOut === "time"
            ? { from: workshop.holdOutFrom as never }
            : null,
      challenger: workshop.challenger,
    },
  };
};

/** The workshop as it stood when a model was made: another is trained from there. */
export const workshopOf = ({ document }: Pick<Details, "document">): Workshop => {
  const { recipe } = document;
  const { options } = recipe;
  const binning = options.binning ?? {};
  const words: Record<string, Word> = {};
  for (const [feature, { trend }] of Object.entries(options.byFeature ?? {})) if (trend) words[feature] = { ...noWord, trend };
  for (const prior of options.priors ?? [])
    words[prior.feature] = {
      trend: prior.trend ?? "auto",
      least: prior.least === undefined ? "" : String(prior.least),
      most: prior.most === undefined ? "" : String(prior.most),
      reason: prior.reason,
    };
  const scale = options.scale;
  return {
    ...emptyWorkshop,
    features: recipe.features,
    // A model older than the question was made without it.
    unmoved: recipe.unmovedBySplitting ?? false,
    binning: {
      method: binning.method ?? emptyWorkshop.binning.method,
      objective: binning.objective ?? emptyWorkshop.binning.objective,
      maxBins: binning.maxBins === undefined ? emptyWorkshop.binning.maxBins : binning.maxBins,
      minBinShare: binning.minBinShare ?? emptyWorkshop.binning.minBinShare,
      minEvents: binning.minEvents ?? emptyWorkshop.binning.minEvents,
      maxPValue: binning.maxPValue ?? null,
      smoothing: binning.smoothing ?? emptyWorkshop.binning.smoothing,
    },
    words,
    edits: Object.fromEntries((options.edits ?? []).map((edit) => [edit.feature, edit])),
    minIv: options.minIv ?? emptyWorkshop.minIv,
    maxCorrelation: options.maxCorrelation ?? emptyWorkshop.maxCorrelation,
    l2: Array.isArray(options.l2) ? options.l2.join(", ") : String(options.l2 ?? emptyWorkshop.l2),
    l1: options.l1 ?? emptyWorkshop.l1,
    keepMeaning: options.keepMeaning ?? emptyWorkshop.keepMeaning,
    centre: options.centre ?? emptyWorkshop.centre,
    selection: options.selection ? (options.selection.criterion === "bic" ? "bic" : "aic") : "none",
    basePoints: scale?.basePoints ?? emptyWorkshop.basePoints,
    baseOdds: scale?.baseOdds ?? emptyWorkshop.baseOdds,
    pointsToDouble: scale?.pointsToDouble ?? emptyWorkshop.pointsToDouble,
    centralTendency: options.centralTendency ? String(Number((100 * options.centralTendency).toPrecision(12))) : "",
    folds: recipe.folds,
    repeats: recipe.repeats,
    refits: recipe.refits,
    seed: recipe.seed,
    holdOut: recipe.holdOut === null ? "none" : "share" in recipe.holdOut ? "share" : "time",
    holdOutShare:
      recipe.holdOut && "share" in recipe.holdOut ? Number((100 * recipe.holdOut.share).toPrecision(12)) : emptyWorkshop.holdOutShare,
    holdOutFrom: recipe.holdOut && "from" in recipe.holdOut ? recipe.holdOut.from : "",
    challenger: recipe.challenger,
    rest: options,
    name: document.name,
    title: document.title,
    purpose: document.purpose,
    limits: { zh: document.limits.map((limit) => limit.zh).join("\n"), en: document.limits.map((limit) => limit.en).join("\n") },
  };
};

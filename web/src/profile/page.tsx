import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Drawer } from "antd";
import { listFeatures } from "@zhiwei/api/features";
import { getProfile } from "@zhiwei/api/profile";
import type { Text } from "@zhiwei/core/basics";
import { AskForConsent } from "../consent/ask.tsx";
import { Disputed } from "../consent/disputed.tsx";
import { useRoute } from "../ui/api.ts";
import { DayPicker } from "../ui/controls.tsx";
import { useText } from "../ui/language.tsx";
import { Link, useUrlState } from "../ui/router.ts";
import { LoadingState, Page, ProblemState } from "../ui/states.tsx";
import { AskProvider, useAsked } from "./ask.tsx";
import { Dimensions } from "./dimensions.tsx";
import { FeatureTable } from "./features.tsx";
import { Flags, Strengths } from "./flags.tsx";
import { Identity } from "./header.tsx";
import { Months } from "./months.tsx";
import { Parties } from "./parties.tsx";
import "./profile.css";
import { ScoreSection } from "./score.tsx";
import { Completeness, Used } from "./records.tsx";
import { Source, useSubject } from "./source.tsx";
import type { Features, Profile } from "./words.ts";

const T = {
  unknown: { zh: "信用画像", en: "Credit profile" },
  source: { zh: "来源", en: "Where it comes from" },
  list: { zh: "企业名录", en: "List of enterprises" },
  close: { zh: "关闭", en: "Close" },
  asOf: { zh: "观察日", en: "As of" },
  latest: { zh: "回到最新观察日", en: "Back to the latest day" },
  newest: { zh: "回到最新", en: "Latest" },
} satisfies Record<string, Text>;

/** The one drawer that answers "from what?". Its subject is the address's, so that Back closes it. */
const SourceDrawer = ({
  profile,
  features,
  asked,
}: {
  profile: Profile;
  features: Features;
  asked: Omit<ReturnType<typeof useAsked>, "ask">;
}) => {
  const text = useText();
  const { of, close, settle } = asked;
  // While it slides out, it still shows what it showed.
  const [last, setLast] = useState(of);
  if (of !== undefined && of !== last) setLast(of);
  const shown = of ?? last;
  // Asking on within the drawer takes the focus to the new title: what was pressed is gone.
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(of);
  useEffect(() => {
    if (of !== undefined && before.current !== undefined && before.current !== of) heading.current?.focus();
    before.current = of;
  }, [of]);
  const subject = useSubject(shown, profile, features);
  return (
    <Drawer
      open={of !== undefined}
      onClose={close}
      afterOpenChange={settle}
      destroyOnHidden
      size={860}
      title={
        <h2 className="zp-drawer-title" tabIndex={-1} ref={heading}>
          {subject?.title ?? text(T.source)}
        </h2>
      }
      aria-label={subject?.title ?? text(T.source)}
      closable={{ "aria-label": text(T.close) }}
      styles={{ wrapper: { maxWidth: "100vw" }, body: { paddingInline: "clamp(12px, 3vw, 24px)" } }}
    >
      <Source key={`${shown} ${profile.asOf}`} subject={subject} profile={profile} features={features} />
    </Drawer>
  );
};

/** The credit profile of an enterprise: everything said on it, and behind every number what it comes from. */
export const ProfilePage = ({ id }: { id: string }) => {
  const text = useText();
  const [params, set] = useUrlState();
  const asOf = params["asOf"];
  const stated = useRoute(getProfile, { params: { id }, query: asOf === undefined ? {} : { asOf } });
  const catalogue = useRoute(listFeatures, {}, { staleTime: Number.POSITIVE_INFINITY });
  const features: Features = useMemo(
    () => new Map((catalogue.data?.features ?? []).map((feature) => [feature.id, feature])),
    [catalogue.data],
  );
  const chooseDay = useCallback((day: string | undefined) => set({ asOf: day }), [set]);
  const { ask, ...asked } = useAsked();

  const error = stated.error ?? catalogue.error;
  // What is kept on the screen while a day is on its way must be of the same enterprise.
  const data = stated.data?.profile.enterprise.id === id ? stated.data : undefined;
  if (error)
    return (
      <Page title={`${text(T.unknown)} ${id}`}>
        <ProblemState
          error={error}
          onRetry={() => {
            void stated.refetch();
            void catalogue.refetch();
          }}
        />
        <AskForConsent id={id} error={error} />
        <p>
          <Link to="/enterprises">{text(T.list)}</Link>
        </p>
        {asOf !== undefined && (
          <p>
            <button type="button" className="zp-button" onClick={() => chooseDay(undefined)}>
              {text(T.latest)}
            </button>
          </p>
        )}
      </Page>
    );
  if (!data || !catalogue.data)
    return (
      <Page title={`${text(T.unknown)} ${id}`}>
        <section className="zw-card">
          <LoadingState rows={12} />
        </section>
      </Page>
    );
  const { profile, sha256 } = data;
  return (
    <AskProvider value={ask}>
      <Page
        title={profile.enterprise.name}
        extra={<DayPicker label={text(T.asOf)} shown={profile.asOf} chosen={asOf} otherwise={text(T.newest)} onChoose={chooseDay} />}
      >
        <div className="zp-profile" aria-busy={stated.isPlaceholderData}>
          <Disputed id={id} />
          <Identity profile={profile} sha256={sha256} />
          <ScoreSection enterprise={id} asOf={profile.asOf} />
          <div className="zp-two">
            <Dimensions profile={profile} features={features} />
            <div className="zp-stack">
              <Flags profile={profile} />
              <Strengths profile={profile} />
            </div>
            <Completeness profile={profile} />
          </div>
          <Months months={profile.monthly} />
          <div className="zp-even">
            <Parties profile={profile} features={features} side="sale" />
            <Parties profile={profile} features={features} side="purchase" />
          </div>
          <FeatureTable profile={profile} features={features} />
          <Used profile={profile} />
        </div>
      </Page>
      <SourceDrawer profile={profile} features={features} asked={asked} />
    </AskProvider>
  );
};

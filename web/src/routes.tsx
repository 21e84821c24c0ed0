import { lazy, Suspense } from "react";
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import type { Text } from "@zhiwei/core/basics";
import { EnterpriseListPage } from "./enterprise/list-page.tsx";
import { Shell } from "./system/shell.tsx";
import { StartPage } from "./system/start-page.tsx";
import { useText } from "./ui/language.tsx";
import { Link, parseSearch, stringifySearch } from "./ui/router.ts";
import { EmptyState, LoadingState, Page, ProblemState } from "./ui/states.tsx";

const ProfilePage = lazy(() => import("./profile/page.tsx").then((room) => ({ default: room.ProfilePage })));
const ImportPage = lazy(() => import("./records/import-page.tsx").then((room) => ({ default: room.ImportPage })));
const QuarantinePage = lazy(() => import("./records/quarantine-page.tsx").then((room) => ({ default: room.QuarantinePage })));
const CataloguePage = lazy(() => import("./features/catalogue-page.tsx").then((room) => ({ default: room.CataloguePage })));

const EnterpriseConsentsPage = lazy(() =>
  import("./consent/enterprise-page.tsx").then((room) => ({ default: room.EnterpriseConsentsPage })),
);
const HeldConsentsPage = lazy(() => import("./consent/held-page.tsx").then((room) => ({ default: room.HeldConsentsPage })));

const LogPage = lazy(() => import("./evidence/log-page.tsx").then((room) => ({ default: room.LogPage })));
const VerifyPage = lazy(() => import("./evidence/verify-page.tsx").then((room) => ({ default: room.VerifyPage })));

const AccountsPage = lazy(() => import("./access/accounts-page.tsx").then((room) => ({ default: room.AccountsPage })));
const PortfolioPage = lazy(() => import("./portfolio/page.tsx").then((room) => ({ default: room.PortfolioPage })));
const OffersPage = lazy(() => import("./decision/offers-page.tsx").then((room) => ({ default: room.OffersPage })));
const WorklistPage = lazy(() => import("./decision/worklist-page.tsx").then((room) => ({ default: room.WorklistPage })));
const ApplicationPage = lazy(() => import("./decision/application-page.tsx").then((room) => ({ default: room.ApplicationPage })));
const ScorecardListPage = lazy(() => import("./scorecard/list-page.tsx").then((room) => ({ default: room.ScorecardListPage })));
const ModelPage = lazy(() => import("./scorecard/model-page.tsx").then((room) => ({ default: room.ModelPage })));
const WorkshopPage = lazy(() => import("./scorecard/workshop-page.tsx").then((room) => ({ default: room.WorkshopPage })));
const ComparePage = lazy(() => import("./scorecard/compare-page.tsx").then((room) => ({ default: room.ComparePage })));

const MyCredentialPage = lazy(() => import("./credential/mine-page.tsx").then((room) => ({ default: room.MyCredentialPage })));
const VerifyCredentialPage = lazy(() => import("./credential/verify-page.tsx").then((room) => ({ default: room.VerifyCredentialPage })));
const PledgeListPage = lazy(() => import("./pledge/list-page.tsx").then((room) => ({ default: room.PledgeListPage })));
const NewPledgePage = lazy(() => import("./pledge/new-page.tsx").then((room) => ({ default: room.NewPledgePage })));
const PledgePage = lazy(() => import("./pledge/page.tsx").then((room) => ({ default: room.PledgePage })));
const ProductListPage = lazy(() => import("./product/list-page.tsx").then((room) => ({ default: room.ProductListPage })));
const ProductPage = lazy(() => import("./product/page.tsx").then((room) => ({ default: room.ProductPage })));
const SharesPage = lazy(() => import("./product/shares-page.tsx").then((room) => ({ default: room.SharesPage })));
const ProductEditPage = lazy(() => import("./product/edit-page.tsx").then((room) => ({ default: room.ProductEditPage })));
const EventsPage = lazy(() => import("./events/list-page.tsx").then((room) => ({ default: room.EventsPage })));
const EndpointPage = lazy(() => import("./events/endpoint-page.tsx").then((room) => ({ default: room.EndpointPage })));
const ChainPage = lazy(() => import("./chain/page.tsx").then((room) => ({ default: room.ChainPage })));

const T = {
  missing: { zh: "没有这个页面", en: "There is no such page" },
  missingText: { zh: "地址可能已更改。", en: "The address may have changed." },
  start: { zh: "回到首页", en: "To the start page" },
} satisfies Record<string, Text>;

const NotFound = () => {
  const text = useText();
  return (
    <Page title={text(T.missing)}>
      <EmptyState text={T.missingText}>
        <Link to="/">{text(T.start)}</Link>
      </EmptyState>
    </Page>
  );
};

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: ({ error }) => <ProblemState error={error} />,
});

const profile = createRoute({
  getParentRoute: () => root,
  path: "/enterprises/$id",
  component: function Profile() {
    const { id } = profile.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <ProfilePage id={id} />
      </Suspense>
    );
  },
});
const credential = createRoute({
  getParentRoute: () => root,
  path: "/enterprises/$id/credential",
  component: function Credential() {
    const { id } = credential.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <MyCredentialPage key={id} id={id} />
      </Suspense>
    );
  },
});
const consents = createRoute({
  getParentRoute: () => root,
  path: "/enterprises/$id/consents",
  component: function Consents() {
    const { id } = consents.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <EnterpriseConsentsPage id={id} />
      </Suspense>
    );
  },
});
const model = createRoute({
  getParentRoute: () => root,
  path: "/scorecards/$id",
  component: function Model() {
    const { id } = model.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <ModelPage id={id} />
      </Suspense>
    );
  },
});
const pledge = createRoute({
  getParentRoute: () => root,
  path: "/pledges/$id",
  component: function Pledge() {
    const { id } = pledge.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <PledgePage id={id} />
      </Suspense>
    );
  },
});
const offers = createRoute({
  getParentRoute: () => root,
  path: "/enterprises/$id/offers",
  component: function Offers() {
    const { id } = offers.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <OffersPage id={id} />
      </Suspense>
    );
  },
});
const application = createRoute({
  getParentRoute: () => root,
  path: "/applications/$id",
  component: function Application() {
    const { id } = application.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <ApplicationPage id={id} />
      </Suspense>
    );
  },
});
const product = createRoute({
  getParentRoute: () => root,
  path: "/products/$id",
  component: function Product() {
    const { id } = product.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <ProductPage id={id} />
      </Suspense>
    );
  },
});
const productEdit = createRoute({
  getParentRoute: () => root,
  path: "/products/$id/edit",
  component: function ProductEdit() {
    const { id } = productEdit.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <ProductEditPage key={id} id={id} />
      </Suspense>
    );
  },
});
const endpoint = createRoute({
  getParentRoute: () => root,
  path: "/events/$id",
  component: function Endpoint() {
    const { id } = endpoint.useParams();
    return (
      <Suspense fallback={<LoadingState rows={12} />}>
        <EndpointPage key={id} id={id} />
      </Suspense>
    );
  },
});
const page = (path: string, Component: () => React.ReactNode) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: () => (
      <Suspense fallback={<LoadingState rows={12} />}>
        <Component />
      </Suspense>
    ),
  });

export const router = createRouter({
  routeTree: root.addChildren([
    page("/", StartPage),
    page("/enterprises", EnterpriseListPage),
    profile,
    credential,
    page("/credential/verify", () => <VerifyCredentialPage />),
    consents,
    page("/consents", () => <HeldConsentsPage />),
    page("/chain", () => <ChainPage />),
    page("/events", () => <EventsPage />),
    endpoint,
    page("/import", () => <ImportPage />),
    page("/quarantine", () => <QuarantinePage />),
    page("/features", () => <CataloguePage />),
    offers,
    application,
    page("/applications", () => <WorklistPage />),
    page("/evidence", () => <LogPage />),
    page("/verify", () => <VerifyPage />),
    page("/portfolio", () => <PortfolioPage />),
    page("/scorecards", () => <ScorecardListPage />),
    page("/scorecards/workshop", () => <WorkshopPage />),
    page("/scorecards/compare", () => <ComparePage />),
    model,
    page("/accounts", () => <AccountsPage />),
    page("/sign-in", StartPage),
    page("/pledges", () => <PledgeListPage />),
    page("/pledges/new", () => <NewPledgePage />),
    pledge,
    page("/products", () => <ProductListPage />),
    page("/products/shares", () => <SharesPage />),
    product,
    productEdit,
  ]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
});

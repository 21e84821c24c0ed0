/**
 * Pledge 质押: a right given as security for a debt, here patents, receivables, warehouse receipts and insurance benefits, each of
 * which can be pledged once. The registry records and checks; it does not replace the registers in which a pledge comes into being.
 *
 * Sources: Civil Code articles 427 (contract in writing), 440 to 446 (pledge of rights; of patents and receivables it exists from
 * registration on), 414 and 415 (order of registration); 国务院关于实施动产和权利担保统一登记的决定 (国发〔2020〕18号);
 * 动产和权利担保统一登记办法 (中国人民银行令〔2021〕第7号): a description by which the asset can reasonably be recognised, one month to 30
 * years, extension, change, cancellation within ten working days, objection; 专利权质押登记办法 (国家知识产权局公告第461号, 2021): the
 * pledge of a patent exists from its registration there on, and co-owners agree.
 */
export {
  ASSET_KINDS,
  type Asset,
  type AssetKind,
  type AssetProblem,
  type Mac,
  type StatedAsset,
  assetCommitment,
  assetName,
  patentCheck,
  readAsset,
  statedAgain,
} from "./asset.ts";
export {
  OBJECTION_DAYS,
  PLEDGE_STATES,
  RELEASE_REASONS,
  TERM_MONTHS,
  type Objection,
  type Pledge,
  type PledgeAction,
  type PledgeState,
  type PledgeTerms,
  type PledgeViewer,
  type ReleaseReason,
  type SearchFinding,
  type Standing,
  actOnPledge,
  beginPledge,
  byPriority,
  isLive,
  mayChange,
  mayObject,
  mayRead,
  mayRegister,
  maySearch,
  objectionStands,
  releaseDue,
  reveal,
  termIsOver,
} from "./registration.ts";

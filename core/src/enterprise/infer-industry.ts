import { type IndustryCode, industryCode } from "./industry.ts";

/** An industry read from a name alone: a guess with its ground, never to be shown as a registered industry. */
export type InferredIndustry = { readonly code: IndustryCode; readonly source: "inferred-from-name"; readonly keyword: string };

/** What a firm does, whatever it does it with: the word decides alone. */
const ACTIVITIES: Readonly<Record<string, string>> = {
  // A
  农业: "A01",
  农业开发: "A01",
  农业科技: "A05",
  种植: "A01",
  魔芋: "A01",
  猕猴桃: "A01",
  园艺: "A01",
  果业: "A01",
  林业: "A02",
  苗木: "A02",
  养殖: "A03",
  牧业: "A03",
  水产: "A04",
  渔业: "A04",
  农机: "A05",
  // B
  矿业: "B",
  煤业: "B06",
  石油工程技术: "B11",
  石油工程技术服务: "B11",
  石油技术: "B11",
  // D
  天然气: "D45",
  燃气: "D45",
  供热: "D44",
  热力: "D44",
  供水: "D46",
  水务: "D46",
  发电: "D44",
  // E
  工程: "E",
  建设: "E47",
  建设工程: "E47",
  建筑工程: "E47",
  建筑: "E47",
  工程建设: "E47",
  基础建设工程: "E47",
  房屋建筑: "E47",
  钢结构工程: "E47",
  体育设施工程: "E47",
  建筑劳务: "E50",
  路桥: "E48",
  路桥工程: "E48",
  市政: "E48",
  市政工程: "E48",
  水利工程: "E48",
  油气工程: "E48",
  油气工程建设: "E48",
  电力工程: "E48",
  通信工程: "E48",
  通信网络工程: "E48",
  景观工程: "E48",
  园林景观工程: "E48",
  园林工程: "E48",
  环境设备工程: "E49",
  机电工程: "E49",
  消防工程: "E49",
  设备安装工程: "E49",
  安装: "E49",
  净化工程: "E49",
  装饰: "E50",
  装饰工程: "E50",
  装饰装修: "E50",
  装修: "E50",
  装潢: "E50",
  建筑装饰: "E50",
  建筑装饰工程: "E50",
  灯饰工程: "E50",
  拆除: "E50",
  // F: trade that names no goods
  商贸: "F51",
  贸易: "F51",
  经贸: "F51",
  工贸: "F51",
  外贸: "F51",
  进出口: "F51",
  批发: "F51",
  物资: "F51",
  销售: "F51",
  发行: "F51",
  超市: "F521",
  百货: "F521",
  便利店: "F521",
  商场: "F521",
  电子商务: "F529",
  电商: "F529",
  大药房: "F525",
  药房: "F525",
  药店: "F525",
  // G
  物流: "G54",
  运输: "G54",
  运业: "G54",
  运贸: "G54",
  货运: "G54",
  客运: "G54",
  国际货运: "G58",
  货运代理: "G58",
  货代: "G58",
  装卸: "G591",
  仓储: "G59",
  快递: "G60",
  速递: "G60",
  航运: "G55",
  航空: "G56",
  // H
  酒店: "H61",
  酒店管理: "H61",
  宾馆: "H61",
  旅馆: "H61",
  民宿: "H61",
  餐饮: "H62",
  餐饮文化: "H62",
  餐饮服务: "H62",
  酒楼: "H62",
  饭店: "H62",
  餐厅: "H62",
  火锅: "H62",
  小吃: "H62",
  // I
  信息技术: "I65",
  信息科技: "I65",
  软件: "I65",
  网络: "I65",
  网络科技: "I65",
  网络技术: "I65",
  网络工程: "I65",
  网络信息安全: "I65",
  智能科技: "I65",
  数码科技: "I65",
  自动化科技: "I65",
  通信科技: "I65",
  系统集成: "I65",
  数据: "I65",
  通信: "I63",
  互联网: "I64",
  // J
  小额贷款: "J66",
  典当: "J66",
  融资担保: "J69",
  担保: "J69",
  保险: "J68",
  证券: "J67",
  基金: "J67",
  // K
  房地产: "K",
  房地产开发: "K701",
  置业: "K701",
  地产: "K",
  物业: "K702",
  物业服务: "K702",
  物业管理: "K702",
  房地产经纪: "K703",
  房地产营销策划: "K703",
  房地产中介: "K703",
  // L
  租赁: "L71",
  机械租赁: "L711",
  设备租赁: "L711",
  挖掘机租赁: "L711",
  汽车租赁: "L711",
  劳务: "L726",
  人力资源: "L726",
  劳务派遣: "L726",
  供应链: "L722",
  供应链管理: "L722",
  商业管理: "L722",
  律师事务所: "L723",
  会计师事务所: "L724",
  税务师事务所: "L724",
  财税咨询: "L724",
  代理记账: "L724",
  咨询: "L724",
  管理咨询: "L724",
  企业管理: "L721",
  投资: "L721",
  投资发展: "L721",
  投资管理: "L721",
  广告: "L725",
  广告传媒: "L725",
  广告设计: "L725",
  营销策划: "L729",
  策划: "L729",
  品牌营销: "L729",
  会展: "L728",
  展览: "L728",
  保安: "L727",
  旅行社: "L729",
  旅游: "L729",
  // M
  科学研究: "M73",
  研究院: "M73",
  研究所: "M73",
  研发: "M73",
  设计: "M74",
  设计研究院: "M74",
  建筑设计: "M74",
  勘察: "M74",
  勘察设计: "M74",
  勘察设计工程: "M74",
  勘察院: "M74",
  工程勘察: "M74",
  工程设计: "M74",
  装饰工程设计: "M74",
  装饰设计工程: "E50",
  测绘: "M74",
  检测: "M74",
  检验: "M74",
  检验测试: "M74",
  监理: "M74",
  工程咨询: "M74",
  工程管理: "M74",
  造价: "M74",
  招投标: "M74",
  招投标代理: "M74",
  招标代理: "M74",
  工程技术: "M75",
  科技: "M75",
  科技发展: "M75",
  技术: "M75",
  技术发展: "M75",
  技术服务: "M75",
  节能: "M75",
  节能服务: "M75",
  知识产权: "M75",
  // N
  环保: "N77",
  环保科技: "N77",
  环境: "N77",
  环境治理: "N77",
  地质灾害防治: "N77",
  生态: "N77",
  园林: "N78",
  绿化: "N78",
  环卫: "N78",
  景区: "N78",
  // O
  汽车美容: "O81",
  汽车维修: "O81",
  汽修: "O81",
  维修: "O81",
  维护: "O81",
  家政: "O80",
  美容: "O80",
  美发: "O80",
  养老: "Q85",
  清洁: "O82",
  保洁: "O82",
  // P, Q
  教育: "P83",
  培训: "P83",
  职业技能: "P83",
  学校: "P83",
  幼儿园: "P83",
  医院: "Q84",
  诊所: "Q84",
  门诊: "Q84",
  // R
  传媒: "R87",
  文化传媒: "R87",
  影视: "R87",
  影城: "R87",
  影院: "R87",
  文化: "R88",
  文化传播: "R88",
  文化发展: "R88",
  文化艺术: "R88",
  演艺: "R88",
  出版: "R86",
  体育文化: "R89",
  体育: "R89",
  健身: "R89",
  娱乐: "R90",
  游乐: "R90",
};

/** Codes for one kind of goods, by what the name says is done with them; `plain` where it says nothing. */
type Goods = {
  readonly make: string;
  readonly wholesale: string;
  readonly retail: string;
  readonly plain: "make" | "wholesale" | "retail";
};
const goods = (make: string, wholesale: string, retail: string, plain: Goods["plain"]): Goods => ({ make, wholesale, retail, plain });

const GOODS: Readonly<Record<string, Goods>> = {
  食品: goods("C14", "F512", "F522", "make"),
  调味品: goods("C14", "F512", "F522", "make"),
  粮油: goods("C13", "F511", "F522", "wholesale"),
  饮料: goods("C15", "F512", "F522", "make"),
  酒业: goods("C15", "F512", "F522", "wholesale"),
  茶业: goods("C15", "F512", "F522", "make"),
  农副产品: goods("C13", "F511", "F522", "wholesale"),
  农产品: goods("C13", "F511", "F522", "wholesale"),
  大闸蟹: goods("C13", "F511", "F522", "retail"),
  兰花: goods("A01", "F511", "F529", "retail"),
  纺织品: goods("C17", "F513", "F523", "make"),
  纺织: goods("C17", "F513", "F523", "make"),
  地毯: goods("C24", "F513", "F528", "retail"),
  服装: goods("C18", "F513", "F523", "make"),
  服饰: goods("C18", "F513", "F523", "make"),
  童装: goods("C18", "F513", "F523", "retail"),
  鞋业: goods("C19", "F513", "F523", "make"),
  鞋材: goods("C19", "F513", "F523", "make"),
  皮革: goods("C19", "F513", "F523", "make"),
  木业: goods("C20", "F516", "F528", "make"),
  家具: goods("C21", "F513", "F528", "make"),
  家俬: goods("C21", "F513", "F528", "make"),
  家居: goods("C21", "F513", "F528", "wholesale"),
  家居用品: goods("C21", "F513", "F528", "wholesale"),
  生活用品: goods("C41", "F513", "F523", "wholesale"),
  厨房用品: goods("C33", "F513", "F523", "wholesale"),
  日用品: goods("C41", "F513", "F523", "wholesale"),
  卫浴: goods("C30", "F516", "F528", "wholesale"),
  纸业: goods("C22", "F514", "F524", "make"),
  包装: goods("C22", "F519", "F529", "make"),
  包装材料: goods("C22", "F519", "F529", "make"),
  印务: goods("C23", "F514", "F524", "make"),
  印刷: goods("C23", "F514", "F524", "make"),
  图书: goods("C23", "F514", "F524", "wholesale"),
  办公用品: goods("C24", "F514", "F524", "wholesale"),
  文具: goods("C24", "F514", "F524", "wholesale"),
  体育用品: goods("C24", "F514", "F524", "wholesale"),
  工艺品: goods("C24", "F514", "F524", "make"),
  石化: goods("C25", "F516", "F526", "make"),
  化工: goods("C26", "F516", "F528", "make"),
  涂料: goods("C26", "F516", "F528", "make"),
  药业: goods("C27", "F515", "F525", "make"),
  制药: goods("C27", "F515", "F525", "make"),
  医药: goods("C27", "F515", "F525", "wholesale"),
  医疗器械: goods("C35", "F515", "F525", "wholesale"),
  医疗设备: goods("C35", "F515", "F525", "wholesale"),
  橡胶: goods("C29", "F516", "F528", "make"),
  塑料: goods("C29", "F516", "F528", "make"),
  塑胶: goods("C29", "F516", "F528", "make"),
  轮胎: goods("C29", "F517", "F526", "wholesale"),
  建材: goods("C30", "F516", "F528", "wholesale"),
  建筑材料: goods("C30", "F516", "F528", "wholesale"),
  材料: goods("C30", "F516", "F528", "wholesale"),
  保温材料: goods("C30", "F516", "F528", "make"),
  石材: goods("C30", "F516", "F528", "make"),
  石材工艺品: goods("C30", "F516", "F528", "make"),
  水泥: goods("C30", "F516", "F528", "make"),
  混凝土: goods("C30", "F516", "F528", "make"),
  玻璃: goods("C30", "F516", "F528", "make"),
  陶瓷: goods("C30", "F516", "F528", "make"),
  金属材料: goods("C33", "F516", "F528", "wholesale"),
  不锈钢材料: goods("C33", "F516", "F528", "wholesale"),
  钢材: goods("C31", "F516", "F528", "wholesale"),
  钢铁: goods("C31", "F516", "F528", "wholesale"),
  硬质合金: goods("C32", "F516", "F528", "make"),
  五金: goods("C33", "F517", "F528", "wholesale"),
  五金工具: goods("C33", "F517", "F528", "wholesale"),
  门窗: goods("C33", "F516", "F528", "make"),
  铸造: goods("C33", "F517", "F528", "make"),
  机械铸造: goods("C33", "F517", "F528", "make"),
  机械: goods("C34", "F517", "F528", "make"),
  机械科技: goods("C34", "F517", "F528", "make"),
  煤矿机械: goods("C35", "F517", "F528", "make"),
  机械设备: goods("C35", "F517", "F528", "wholesale"),
  机电: goods("C34", "F517", "F528", "wholesale"),
  机电设备: goods("C34", "F517", "F528", "wholesale"),
  设备: goods("C35", "F517", "F528", "wholesale"),
  通风设备: goods("C34", "F517", "F528", "make"),
  空调: goods("C34", "F517", "F527", "wholesale"),
  制冷: goods("C34", "F517", "F527", "make"),
  空调制冷: goods("C34", "F517", "F527", "wholesale"),
  消防设备: goods("C35", "F517", "F528", "wholesale"),
  汽车: goods("C36", "F517", "F526", "retail"),
  汽贸: goods("C36", "F517", "F526", "retail"),
  汽车销售: goods("C36", "F517", "F526", "retail"),
  汽车贸易: goods("C36", "F517", "F526", "retail"),
  汽配: goods("C36", "F517", "F526", "retail"),
  电力设备: goods("C38", "F517", "F527", "make"),
  电气: goods("C38", "F517", "F527", "make"),
  电器: goods("C38", "F513", "F527", "wholesale"),
  电器设备: goods("C38", "F517", "F527", "make"),
  家电: goods("C38", "F513", "F527", "wholesale"),
  灯饰: goods("C38", "F513", "F528", "wholesale"),
  照明: goods("C38", "F513", "F528", "wholesale"),
  电子: goods("C39", "F517", "F527", "make"),
  电子科技: goods("C39", "F517", "F527", "make"),
  电子器材: goods("C39", "F517", "F527", "wholesale"),
  通讯: goods("C39", "F517", "F527", "wholesale"),
  通讯设备: goods("C39", "F517", "F527", "wholesale"),
  通讯器材: goods("C39", "F517", "F527", "wholesale"),
  控制设备: goods("C40", "F517", "F527", "make"),
  仪器: goods("C40", "F517", "F527", "make"),
  仪表: goods("C40", "F517", "F527", "make"),
};

const SELLING = /^(?:商贸|贸易|经贸|外贸|批发|销售|发行|物资)$/;
/** What follows the goods up to the end or the next masked part tells what is done with them. */
const RETAIL = /^[^*]*?(?:经营部|经销部|门市部|商店|商行|专卖店|店|部)/;
const MAKING = /^[^*]*?(?:制造|加工|生产|厂)/;
/** "of a sole trader" with nothing but the register's own number: the name says no trade. */
const SOLE_TRADER = /^个体(?:经营|工商户)/;

type Hit = { readonly word: string; readonly start: number; readonly end: number };

/** The occurrence that ends last, the longest of those: the trade stands just before the form of the firm. */
const lastOf = (text: string, words: readonly string[]): Hit | null => {
  let best: Hit | null = null;
  for (const word of words) {
    const start = text.lastIndexOf(word);
    if (start < 0) continue;
    const end = start + word.length;
    if (!best || end > best.end || (end === best.end && word.length > best.word.length)) best = { word, start, end };
  }
  return best;
};

const ACTIVITY_WORDS = Object.keys(ACTIVITIES);
const GOODS_WORDS = Object.keys(GOODS);
/** Every word that the guess knows. */
export const INFERENCE_WORDS: readonly string[] = [...ACTIVITY_WORDS, ...GOODS_WORDS];

/**
 * Guesses an enterprise's industry from its name, as Chinese names hold place, fancy name, trade and form in this
 * order. Null where the name tells nothing (a sole trader's number, "industrial" or "development" company).
 * Wholesale or manufacture of goods is not told apart by many names; what most such firms do is then assumed.
 */
export const inferIndustry = (name: string): InferredIndustry | null => {
  if (SOLE_TRADER.test(name)) return null;
  const text = name.replaceAll(/[(（][^)）]*[)）]/g, "");
  const hit = lastOf(text, INFERENCE_WORDS);
  if (!hit) return null;
  const found = (digits: string, keyword: string): InferredIndustry => {
    const code = industryCode(digits);
    if (!code) throw new RangeError(`not a code of GB/T 4754-2017: ${digits}`);
    return { code, source: "inferred-from-name", keyword };
  };
  const activity = ACTIVITIES[hit.word];
  if (activity) {
    const sold = SELLING.test(hit.word) ? lastOf(text.slice(0, hit.start), GOODS_WORDS) : null;
    if (sold && sold.end === hit.start) {
      const kind = GOODS[sold.word]!;
      return found(kind.plain === "retail" ? kind.retail : kind.wholesale, sold.word + hit.word);
    }
    return found(activity, hit.word);
  }
  const kind = GOODS[hit.word]!;
  const rest = text.slice(hit.end);
  const done = MAKING.test(rest) ? "make" : RETAIL.test(rest) ? "retail" : kind.plain;
  return found(kind[done], hit.word);
};

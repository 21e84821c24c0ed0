import type { Text } from "../basics/index.ts";

/**
 * A code of GB/T 4754-2017 in the form that we store: the section's letter, then two to four digits or none (`F`,
 * `F51`, `F517`, `F5171`).
 */
export type IndustryCode = string & { readonly __industryCode: true };

const t = (zh: string, en: string): Text => ({ zh, en });

/** Section, its name, and its divisions in order; `groups` are those of three digits that we need to tell apart. */
const SECTIONS: readonly { readonly letter: string; readonly name: Text; readonly divisions: Readonly<Record<string, Text>> }[] = [
  {
    letter: "A",
    name: t("农、林、牧、渔业", "Agriculture, forestry, animal husbandry and fishery"),
    divisions: {
      "01": t("农业", "Agriculture"),
      "02": t("林业", "Forestry"),
      "03": t("畜牧业", "Animal husbandry"),
      "04": t("渔业", "Fishery"),
      "05": t(
        "农、林、牧、渔专业及辅助性活动",
        "Professional and support activities for agriculture, forestry, animal husbandry and fishery",
      ),
    },
  },
  {
    letter: "B",
    name: t("采矿业", "Mining"),
    divisions: {
      "06": t("煤炭开采和洗选业", "Mining and washing of coal"),
      "07": t("石油和天然气开采业", "Extraction of petroleum and natural gas"),
      "08": t("黑色金属矿采选业", "Mining and processing of ferrous metal ores"),
      "09": t("有色金属矿采选业", "Mining and processing of non-ferrous metal ores"),
      "10": t("非金属矿采选业", "Mining and processing of non-metal ores"),
      "11": t("开采专业及辅助性活动", "Professional and support activities for mining"),
      "12": t("其他采矿业", "Other mining"),
    },
  },
  {
    letter: "C",
    name: t("制造业", "Manufacturing"),
    divisions: {
      "13": t("农副食品加工业", "Processing of food from agricultural products"),
      "14": t("食品制造业", "Manufacture of foods"),
      "15": t("酒、饮料和精制茶制造业", "Manufacture of liquor, beverages and refined tea"),
      "16": t("烟草制品业", "Manufacture of tobacco"),
      "17": t("纺织业", "Manufacture of textiles"),
      "18": t("纺织服装、服饰业", "Manufacture of textile wearing apparel and accessories"),
      "19": t("皮革、毛皮、羽毛及其制品和制鞋业", "Manufacture of leather, fur, feather and related products and footwear"),
      "20": t("木材加工和木、竹、藤、棕、草制品业", "Processing of timber; manufacture of wood, bamboo, rattan, palm and straw products"),
      "21": t("家具制造业", "Manufacture of furniture"),
      "22": t("造纸和纸制品业", "Manufacture of paper and paper products"),
      "23": t("印刷和记录媒介复制业", "Printing and reproduction of recording media"),
      "24": t(
        "文教、工美、体育和娱乐用品制造业",
        "Manufacture of articles for culture, education, arts and crafts, sport and entertainment",
      ),
      "25": t("石油、煤炭及其他燃料加工业", "Processing of petroleum, coal and other fuels"),
      "26": t("化学原料和化学制品制造业", "Manufacture of raw chemical materials and chemical products"),
      "27": t("医药制造业", "Manufacture of medicines"),
      "28": t("化学纤维制造业", "Manufacture of chemical fibres"),
      "29": t("橡胶和塑料制品业", "Manufacture of rubber and plastics products"),
      "30": t("非金属矿物制品业", "Manufacture of non-metallic mineral products"),
      "31": t("黑色金属冶炼和压延加工业", "Smelting and pressing of ferrous metals"),
      "32": t("有色金属冶炼和压延加工业", "Smelting and pressing of non-ferrous metals"),
      "33": t("金属制品业", "Manufacture of metal products"),
      "34": t("通用设备制造业", "Manufacture of general-purpose machinery"),
      "35": t("专用设备制造业", "Manufacture of special-purpose machinery"),
      "36": t("汽车制造业", "Manufacture of automobiles"),
      "37": t("铁路、船舶、航空航天和其他运输设备制造业", "Manufacture of railway, ship, aerospace and other transport equipment"),
      "38": t("电气机械和器材制造业", "Manufacture of electrical machinery and apparatus"),
      "39": t("计算机、通信和其他电子设备制造业", "Manufacture of computers, communication and other electronic equipment"),
      "40": t("仪器仪表制造业", "Manufacture of measuring instruments and meters"),
      "41": t("其他制造业", "Other manufacture"),
      "42": t("废弃资源综合利用业", "Utilisation of waste resources"),
      "43": t("金属制品、机械和设备修理业", "Repair of metal products, machinery and equipment"),
    },
  },
  {
    letter: "D",
    name: t("电力、热力、燃气及水生产和供应业", "Production and supply of electricity, heat, gas and water"),
    divisions: {
      "44": t("电力、热力生产和供应业", "Production and supply of electricity and heat"),
      "45": t("燃气生产和供应业", "Production and supply of gas"),
      "46": t("水的生产和供应业", "Production and supply of water"),
    },
  },
  {
    letter: "E",
    name: t("建筑业", "Construction"),
    divisions: {
      "47": t("房屋建筑业", "Construction of buildings"),
      "48": t("土木工程建筑业", "Civil engineering"),
      "49": t("建筑安装业", "Building installation"),
      "50": t("建筑装饰、装修和其他建筑业", "Building decoration, finishing and other construction"),
    },
  },
  {
    letter: "F",
    name: t("批发和零售业", "Wholesale and retail trade"),
    divisions: { "51": t("批发业", "Wholesale trade"), "52": t("零售业", "Retail trade") },
  },
  {
    letter: "G",
    name: t("交通运输、仓储和邮政业", "Transport, storage and post"),
    divisions: {
      "53": t("铁路运输业", "Railway transport"),
      "54": t("道路运输业", "Road transport"),
      "55": t("水上运输业", "Water transport"),
      "56": t("航空运输业", "Air transport"),
      "57": t("管道运输业", "Pipeline transport"),
      "58": t("多式联运和运输代理业", "Multimodal transport and transport agencies"),
      "59": t("装卸搬运和仓储业", "Loading, removal and storage"),
      "60": t("邮政业", "Post"),
    },
  },
  {
    letter: "H",
    name: t("住宿和餐饮业", "Accommodation and catering"),
    divisions: { "61": t("住宿业", "Accommodation"), "62": t("餐饮业", "Catering") },
  },
  {
    letter: "I",
    name: t("信息传输、软件和信息技术服务业", "Information transmission, software and information technology services"),
    divisions: {
      "63": t("电信、广播电视和卫星传输服务", "Telecommunications, broadcasting and satellite transmission"),
      "64": t("互联网和相关服务", "Internet and related services"),
      "65": t("软件和信息技术服务业", "Software and information technology services"),
    },
  },
  {
    letter: "J",
    name: t("金融业", "Finance"),
    divisions: {
      "66": t("货币金融服务", "Monetary and financial services"),
      "67": t("资本市场服务", "Capital market services"),
      "68": t("保险业", "Insurance"),
      "69": t("其他金融业", "Other finance"),
    },
  },
  { letter: "K", name: t("房地产业", "Real estate"), divisions: { "70": t("房地产业", "Real estate") } },
  {
    letter: "L",
    name: t("租赁和商务服务业", "Leasing and business services"),
    divisions: { "71": t("租赁业", "Leasing"), "72": t("商务服务业", "Business services") },
  },
  {
    letter: "M",
    name: t("科学研究和技术服务业", "Scientific research and technical services"),
    divisions: {
      "73": t("研究和试验发展", "Research and experimental development"),
      "74": t("专业技术服务业", "Professional technical services"),
      "75": t("科技推广和应用服务业", "Promotion and application of science and technology"),
    },
  },
  {
    letter: "N",
    name: t("水利、环境和公共设施管理业", "Management of water, environment and public facilities"),
    divisions: {
      "76": t("水利管理业", "Management of water conservancy"),
      "77": t("生态保护和环境治理业", "Ecological protection and environmental treatment"),
      "78": t("公共设施管理业", "Management of public facilities"),
      "79": t("土地管理业", "Land management"),
    },
  },
  {
    letter: "O",
    name: t("居民服务、修理和其他服务业", "Resident services, repair and other services"),
    divisions: {
      "80": t("居民服务业", "Resident services"),
      "81": t("机动车、电子产品和日用产品修理业", "Repair of motor vehicles, electronics and household goods"),
      "82": t("其他服务业", "Other services"),
    },
  },
  { letter: "P", name: t("教育", "Education"), divisions: { "83": t("教育", "Education") } },
  {
    letter: "Q",
    name: t("卫生和社会工作", "Health and social work"),
    divisions: { "84": t("卫生", "Health"), "85": t("社会工作", "Social work") },
  },
  {
    letter: "R",
    name: t("文化、体育和娱乐业", "Culture, sport and entertainment"),
    divisions: {
      "86": t("新闻和出版业", "Press and publishing"),
      "87": t("广播、电视、电影和录音制作业", "Radio, television, film and sound recording"),
      "88": t("文化艺术业", "Culture and arts"),
      "89": t("体育", "Sport"),
      "90": t("娱乐业", "Entertainment"),
    },
  },
  {
    letter: "S",
    name: t("公共管理、社会保障和社会组织", "Public administration, social security and social organisations"),
    divisions: {
      "91": t("中国共产党机关", "Organs of the Communist Party of China"),
      "92": t("国家机构", "State institutions"),
      "93": t("人民政协、民主党派", "People's Political Consultative Conference and democratic parties"),
      "94": t("社会保障", "Social security"),
      "95": t("群众团体、社会团体和其他成员组织", "Mass, social and other membership organisations"),
      "96": t("基层群众自治组织及其他组织", "Grassroots self-governing and other organisations"),
    },
  },
  { letter: "T", name: t("国际组织", "International organisations"), divisions: { "97": t("国际组织", "International organisations") } },
];

/**
 * Groups (中类) of the divisions where the size standard, the trades of small firms or names of enterprises need them.
 * A group that is not listed here is still a valid code of three digits: it then bears its division's name.
 */
const GROUPS: Readonly<Record<string, Text>> = {
  "471": t("住宅房屋建筑", "Construction of residential buildings"),
  "472": t("体育场馆建筑", "Construction of sports venues"),
  "479": t("其他房屋建筑业", "Construction of other buildings"),
  "481": t("铁路、道路、隧道和桥梁工程建筑", "Construction of railways, roads, tunnels and bridges"),
  "482": t("水利和水运工程建筑", "Construction of water conservancy and ports"),
  "483": t("海洋工程建筑", "Marine engineering"),
  "484": t("工矿工程建筑", "Construction of industrial and mining works"),
  "485": t("架线和管道工程建筑", "Construction of lines and pipelines"),
  "486": t("节能环保工程施工", "Construction for energy saving and environmental protection"),
  "487": t("电力工程施工", "Construction of power works"),
  "489": t("其他土木工程建筑", "Other civil engineering"),
  "491": t("电气安装", "Electrical installation"),
  "492": t("管道和设备安装", "Installation of pipes and equipment"),
  "499": t("其他建筑安装业", "Other building installation"),
  "501": t("建筑装饰和装修业", "Building decoration and finishing"),
  "502": t("建筑物拆除和场地准备活动", "Demolition and site preparation"),
  "503": t("提供施工设备服务", "Construction equipment with operators"),
  "509": t("其他未列明建筑业", "Construction not listed elsewhere"),
  "511": t("农、林、牧、渔产品批发", "Wholesale of products of farming, forestry, husbandry and fishery"),
  "512": t("食品、饮料及烟草制品批发", "Wholesale of food, beverages and tobacco"),
  "513": t("纺织、服装及家庭用品批发", "Wholesale of textiles, clothing and household goods"),
  "514": t("文化、体育用品及器材批发", "Wholesale of cultural and sports goods"),
  "515": t("医药及医疗器材批发", "Wholesale of medicines and medical devices"),
  "516": t("矿产品、建材及化工产品批发", "Wholesale of minerals, building materials and chemicals"),
  "517": t("机械设备、五金产品及电子产品批发", "Wholesale of machinery, hardware and electronics"),
  "518": t("贸易经纪与代理", "Trade brokerage and agency"),
  "519": t("其他批发业", "Other wholesale"),
  "521": t("综合零售", "General retail"),
  "522": t("食品、饮料及烟草制品专门零售", "Specialised retail of food, beverages and tobacco"),
  "523": t("纺织、服装及日用品专门零售", "Specialised retail of textiles, clothing and daily goods"),
  "524": t("文化、体育用品及器材专门零售", "Specialised retail of cultural and sports goods"),
  "525": t("医药及医疗器材专门零售", "Specialised retail of medicines and medical devices"),
  "526": t("汽车、摩托车、零配件和燃料及其他动力销售", "Sale of cars, motorcycles, parts, fuel and other power"),
  "527": t("家用电器及电子产品专门零售", "Specialised retail of household appliances and electronics"),
  "528": t("五金、家具及室内装饰材料专门零售", "Specialised retail of hardware, furniture and decoration materials"),
  "529": t("货摊、无店铺及其他零售业", "Stall, non-store and other retail"),
  "541": t("城市公共交通运输", "Urban public transport"),
  "542": t("公路旅客运输", "Road passenger transport"),
  "543": t("道路货物运输", "Road freight transport"),
  "544": t("道路运输辅助活动", "Support activities for road transport"),
  "581": t("多式联运", "Multimodal transport"),
  "582": t("运输代理业", "Transport agencies"),
  "591": t("装卸搬运", "Loading and removal"),
  "592": t("通用仓储", "General storage"),
  "593": t("低温仓储", "Cold storage"),
  "594": t("危险品仓储", "Storage of dangerous goods"),
  "595": t("谷物、棉花等农产品仓储", "Storage of grain, cotton and other farm products"),
  "596": t("中药材仓储", "Storage of Chinese medicinal materials"),
  "599": t("其他仓储业", "Other storage"),
  "601": t("邮政基本服务", "Basic postal services"),
  "602": t("快递服务", "Express delivery"),
  "609": t("其他寄递服务", "Other delivery"),
  "611": t("旅游饭店", "Tourist hotels"),
  "612": t("一般旅馆", "Guest houses"),
  "613": t("民宿服务", "Homestays"),
  "614": t("露营地服务", "Camp sites"),
  "619": t("其他住宿业", "Other accommodation"),
  "621": t("正餐服务", "Full-service restaurants"),
  "622": t("快餐服务", "Fast food"),
  "623": t("饮料及冷饮服务", "Beverages and cold drinks"),
  "624": t("餐饮配送及外卖送餐服务", "Catering delivery and takeaway"),
  "629": t("其他餐饮业", "Other catering"),
  "651": t("软件开发", "Software development"),
  "652": t("集成电路设计", "Design of integrated circuits"),
  "653": t("信息系统集成和物联网技术服务", "Information system integration and internet of things services"),
  "654": t("运行维护服务", "Operation and maintenance"),
  "655": t("信息处理和存储支持服务", "Information processing and storage"),
  "656": t("信息技术咨询服务", "Information technology consulting"),
  "657": t("数字内容服务", "Digital content services"),
  "659": t("其他信息技术服务业", "Other information technology services"),
  "701": t("房地产开发经营", "Real-estate development"),
  "702": t("物业管理", "Property management"),
  "703": t("房地产中介服务", "Real-estate agencies"),
  "704": t("房地产租赁经营", "Letting of real estate"),
  "709": t("其他房地产业", "Other real estate"),
  "711": t("机械设备经营租赁", "Operating lease of machinery and equipment"),
  "712": t("文体设备和用品出租", "Hire of cultural and sports goods"),
  "713": t("日用品出租", "Hire of daily goods"),
  "721": t("组织管理服务", "Organisation and management"),
  "722": t("综合管理服务", "Integrated management"),
  "723": t("法律服务", "Legal services"),
  "724": t("咨询与调查", "Consulting and investigation"),
  "725": t("广告业", "Advertising"),
  "726": t("人力资源服务", "Human resources"),
  "727": t("安全保护服务", "Security services"),
  "728": t("会议、展览及相关服务", "Conferences and exhibitions"),
  "729": t("其他商务服务业", "Other business services"),
};

const bySection = new Map(SECTIONS.map((section) => [section.letter, section]));
const byDivision = new Map(
  SECTIONS.flatMap((section) => Object.entries(section.divisions).map(([code, name]) => [code, { letter: section.letter, name }] as const)),
);
/** Divisions all of whose groups are listed above, so that a wrong one is noticed. */
const COMPLETE = new Set(["47", "48", "49", "50", "51", "52", "58", "59", "60", "61", "62", "65", "70", "71", "72"]);

export type Section = { readonly code: IndustryCode; readonly name: Text };
export type Division = Section & { readonly section: string };

export const sections: readonly Section[] = SECTIONS.map(({ letter, name }) => ({ code: letter as IndustryCode, name }));
export const divisions: readonly Division[] = [...byDivision].map(([digits, { letter, name }]) => ({
  code: `${letter}${digits}` as IndustryCode,
  name,
  section: letter,
}));

/**
 * Reads a code of GB/T 4754-2017, with its letter or without (`F5171`, `5171`, `51`, `F`), and gives it in the stored
 * form; null where there is no such section or division, where the letter is another section's, or where the
 * division has no such group.
 */
export const industryCode = (text: string): IndustryCode | null => {
  const match = /^([A-T])?(\d{2,4})?$/.exec(text.trim().toUpperCase());
  if (!match) return null;
  const [, letter, digits] = match;
  if (!digits) return letter ? (letter as IndustryCode) : null;
  const division = byDivision.get(digits.slice(0, 2));
  if (!division || (letter && letter !== division.letter)) return null;
  const group = digits.slice(0, 3);
  if (group.length === 3 && COMPLETE.has(group.slice(0, 2)) && !GROUPS[group]) return null;
  return `${division.letter}${digits}` as IndustryCode;
};

export const sectionOf = (code: IndustryCode): string => code[0]!;
/** Two digits, or null where the code is a section alone. */
export const divisionOf = (code: IndustryCode): string | null => (code.length >= 3 ? code.slice(1, 3) : null);
/** Three digits, or null where the code does not go so deep. */
export const groupOf = (code: IndustryCode): string | null => (code.length >= 4 ? code.slice(1, 4) : null);

/** The name of the finest level that we hold: group, else division, else section. */
export const industryName = (code: IndustryCode): Text =>
  GROUPS[groupOf(code) ?? ""] ??
  byDivision.get(divisionOf(code) ?? "")?.name ??
  bySection.get(sectionOf(code))?.name ?? { zh: code, en: code };
export const sectionName = (code: IndustryCode): Text => bySection.get(sectionOf(code))?.name ?? { zh: code, en: code };

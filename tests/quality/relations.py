"""Whole profiles, as data: whom a good matcher proposes as a co-developer, a supplier or a peer, and whom it does not.

Each case is one judgement that a person would make without hesitation, written before anybody looked at what the
matcher says. The worse partner is a near miss: a competitor who has and lacks the same, an offer from which only one
side gains, a hub that says something general of everything, a body with another mission, a word with another meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from matcher.match import Relation
from matcher.profile import Kind


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation in a few words."""

    kind: Kind
    can: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """``better`` suits ``seeker`` better than ``worse`` does, overall and in ``relation`` if it has one.

    A person would name that relation for the better pair, and no other, if it ``is_chosen``. A seeker who writes
    Japanese is in Japan and the others are in Canada; both partners are of the other country.
    """

    why: str
    seeker: Party
    better: Party
    worse: Party
    relation: Relation | None = None
    is_chosen: bool = True


def _of(relation: Relation, *choices: Choice) -> tuple[Choice, ...]:
    return tuple(replace(choice, relation=relation) for choice in choices)


CO_DEVELOPMENT = _of(
    Relation.CO_DEVELOPMENT,
    # --- English --------------------------------------------------------------------------------------------------
    Choice(
        "an equal offer, but only one of the two has something to gain",
        seeker=Party(
            Kind.STARTUP,
            can=(
                "Designs control software that lets four-legged robots walk over rubble and climb stairs.",
                "Trains walking machines in simulation with reinforcement learning.",
            ),
            needs=(
                "Looks for a maker of compact electric actuators to develop a robot for disaster response together.",
            ),
        ),
        better=Party(
            Kind.COMPANY,
            can=(
                "Develops compact, strong electric actuators and gears for the joints of robots.",
                "Makes precision motors in three plants.",
            ),
            needs=("Seeks partners with walking control software to develop a four-legged robot on its actuators.",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=(
                "Develops compact, strong electric actuators and gears for robots and machine tools.",
                "Makes precision motors in three plants.",
            ),
            needs=("Seeks hardware stores abroad that put its cordless power tools on their shelves.",),
        ),
    ),
    Choice(
        "a competitor has what the seeker has, and lacks what the seeker lacks",
        seeker=Party(
            Kind.STARTUP,
            can=("Develops thin ceramic sheets of solid electrolyte for lithium metal batteries.",),
            needs=("Seeks a battery maker to build and test solid-state cells with its electrolyte.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=(
                "Builds lithium cells on its own pilot line.",
                "Tests the life and safety of battery cells for carmakers.",
            ),
            needs=("Looks for a solid electrolyte with which to develop its next solid-state battery.",),
        ),
        worse=Party(
            Kind.STARTUP,
            can=(
                "Develops solid electrolyte powders for lithium metal batteries.",
                "Sinters ceramic electrolytes into thin sheets.",
            ),
            needs=("Seeks a battery maker to build and test solid-state cells with its electrolyte.",),
        ),
    ),
    Choice(
        "the same field for another problem",
        seeker=Party(
            Kind.STARTUP,
            can=("Builds quantum algorithms that simulate molecules for the design of drugs.",),
            needs=("Seeks a maker of error-corrected quantum computers to develop chemistry simulations together.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Builds superconducting quantum computers and works on the correction of their errors.",),
            needs=("Looks for developers of quantum algorithms for chemistry to shape its next machine with.",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("Builds quantum key distribution links that protect telephone networks from eavesdropping.",),
            needs=("Looks for telephone operators to try quantum encryption in their networks.",),
        ),
    ),
    # --- French ---------------------------------------------------------------------------------------------------
    Choice(
        "un réacteur pour la même réaction, et un besoin en retour",
        seeker=Party(
            Kind.UNIVERSITY,
            can=(
                "Met au point des catalyseurs qui transforment le gaz carbonique en éthylène.",
                "Mesure la durée de vie de catalyseurs sous courant électrique.",
            ),
            needs=("Cherche un industriel pour concevoir avec lui un réacteur électrochimique à l’échelle pilote.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Conçoit et construit des réacteurs électrochimiques pilotes et leurs électrodes.",),
            needs=("Souhaite développer avec des chercheurs des catalyseurs pour la conversion du gaz carbonique.",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("Conçoit et construit des réacteurs chimiques pilotes pour la synthèse de médicaments.",),
            needs=("Souhaite acheter des logiciels de traçabilité pour ses usines pharmaceutiques.",),
        ),
    ),
    Choice(
        "les grues des chantiers, et non les grues des marais",
        seeker=Party(
            Kind.STARTUP,
            can=("Développe un logiciel de conduite autonome pour les grues de chantier.",),
            needs=("Cherche un fabricant de grues pour mettre au point avec lui une grue autonome.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Fabrique des grues mobiles et d’autres engins de levage pour la construction.",),
            needs=("Cherche un logiciel de conduite autonome pour ses engins de levage.",),
        ),
        worse=Party(
            Kind.ASSOCIATION,
            can=("Protège les grues du Japon dans leurs marais et étudie leur migration.",),
            needs=("Cherche un logiciel qui compte les grues sur des images prises par drone.",),
        ),
        is_chosen=False,  # the maker of cranes might as well buy the software
    ),
    # --- Japanese -------------------------------------------------------------------------------------------------
    Choice(
        "競合は同じものを持ち、同じものを求める",
        seeker=Party(
            Kind.COMPANY,
            can=("触覚センサーを備えた多指のロボットハンドを設計し、製造する。",),
            needs=("物のつかみ方をロボットに学ばせるAIを共同で開発する相手を求める。",),
        ),
        better=Party(
            Kind.STARTUP,
            can=("ロボットに物のつかみ方を学習させるAIを開発する。",),
            needs=("触覚のあるロボットハンドの製造元と把持の技術を共に開発したい。",),
        ),
        worse=Party(
            Kind.STARTUP,
            can=("触覚センサー付きの多指ロボットハンドを開発し、製造する。",),
            needs=("物のつかみ方を学習するAIの開発元と組みたい。",),
        ),
    ),
    Choice(
        "一方だけが得をする申し出",
        seeker=Party(
            Kind.RESEARCH_INSTITUTE,
            can=("イネやムギの遺伝子を狙って書き換えるゲノム編集の技術を開発する。",),
            needs=("寒さに強い小麦を寒冷地の圃場で共に育て、評価する相手を求める。",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("寒冷地の圃場で小麦の新しい品種を育て、収量を評価する。",),
            needs=("ゲノム編集で寒さに強い小麦を共に開発する研究機関を求める。",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("寒冷地の圃場で小麦の新しい品種を育て、収量を評価する。",),
            needs=("収穫した小麦を大量に買い取る製粉会社や商社を求める。",),
        ),
    ),
    # --- across languages -----------------------------------------------------------------------------------------
    Choice(
        "Japanese hospital, English partners: people who learn to walk again, not people who lift",
        seeker=Party(
            Kind.HOSPITAL,
            can=("脳卒中の患者のリハビリを行い、歩行のデータを集める。",),
            needs=("患者の歩行を助ける装着型ロボットを共に開発する企業を求める。",),
        ),
        better=Party(
            Kind.STARTUP,
            can=("Develops soft exoskeletons that help people walk again.",),
            needs=("Seeks a hospital that treats stroke patients to develop and try its exoskeleton with.",),
        ),
        worse=Party(
            Kind.STARTUP,
            can=("Develops exoskeletons that help warehouse workers lift heavy boxes.",),
            needs=("Seeks logistics companies whose staff try its lifting suit.",),
        ),
    ),
    Choice(
        "jeune entreprise francophone, partenaires japonais : un métier précis, et non un peu de tout",
        seeker=Party(
            Kind.STARTUP,
            can=("Développe un modèle d’IA qui prévoit les inondations à partir d’images radar.",),
            needs=("Cherche un exploitant de satellites radar pour mettre au point un service d’alerte.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("小型のSAR衛星を開発し、運用する。",),
            needs=("レーダー衛星の画像から水害を予測するAIを共同で開発したい。",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=(
                "社会課題を解決する様々なソリューションを提供する。",
                "宇宙、AI、防災、環境など幅広い分野で事業を展開する。",
            ),
            needs=("世界各国の革新的な企業との協業を求める。",),
        ),
    ),
    Choice(
        "Japanese maker, a French and a Japanese answer: the shared language does not make a partner",
        seeker=Party(
            Kind.COMPANY,
            can=("養殖魚の健康を見守る水中カメラを造る。",),
            needs=("サーモンにつく寄生虫を画像で見つけるAIを共同で開発したい。",),
        ),
        better=Party(
            Kind.STARTUP,
            can=("Développe une IA qui repère le pou du poisson sur les images de saumons.",),
            needs=("Cherche un fabricant de caméras sous-marines pour développer un système de suivi des élevages.",),
        ),
        worse=Party(
            Kind.COMPANY, can=("サーモンを養殖し、加工して輸出する。",), needs=("養殖魚の餌を安く仕入れたい。",)
        ),
    ),
)

SUPPLY = _of(
    Relation.SUPPLY,
    # --- English --------------------------------------------------------------------------------------------------
    Choice(
        "one who sells the machine, not one who does the same work with it",
        seeker=Party(
            Kind.COMPANY,
            can=("Recycles lithium batteries and recovers nickel, cobalt and lithium from them.",),
            needs=("Needs a supplier of shredders that cut battery packs without fire.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Manufactures shredders that cut lithium battery packs safely under nitrogen.",),
            needs=("Seeks a bank to finance the extension of its machine works.",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("Recycles battery packs and sells the recovered nickel, cobalt and lithium.",),
            needs=("Needs a supplier of shredders that cut lithium batteries without fire.",),
        ),
    ),
    Choice(
        "a maker of the part, not a trading house that deals in everything",
        seeker=Party(
            Kind.COMPANY,
            can=("Builds electric city buses.",),
            needs=("Wants to buy silicon carbide power modules for the inverters of its buses.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Makes silicon carbide power modules for the inverters of electric vehicles.",),
            needs=("Seeks engineers who know how crystals are grown.",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=(
                "Trades and invests in energy, metals, machinery, vehicles, electronics and food in sixty countries.",
                "Builds supply chains and offers solutions to customers in all industries.",
                "Finances power plants, railways and ports with partners around the world.",
            ),
            needs=("Seeks innovative companies in every field to invest in and grow with.",),
        ),
    ),
    Choice(
        "the seeker sells: a buyer, not another seller",
        seeker=Party(
            Kind.STARTUP,
            can=("Sells software that plans when each electric bus of a fleet is charged.",),
            needs=("Seeks its first customers overseas.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Runs city buses and trams for three million passengers a week.",),
            needs=("Needs software that decides when its electric buses are charged.",),
        ),
        worse=Party(
            Kind.STARTUP,
            can=("Sells software that plans the charging of electric buses and trucks.",),
            needs=("Seeks its first customers overseas.",),
        ),
    ),
    # --- French ---------------------------------------------------------------------------------------------------
    Choice(
        "voir les nœuds des planches, et non les plaques des voitures",
        seeker=Party(
            Kind.COMPANY,
            can=("Exploite des scieries et vend du bois d’œuvre.",),
            needs=("Veut acheter un système de vision qui détecte les nœuds et les fentes des planches.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Fabrique des caméras et des logiciels qui repèrent les défauts du bois scié.",),
            needs=("Cherche des ingénieurs en optique.",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("Fabrique des systèmes de vision qui détectent les plaques des voitures aux péages.",),
            needs=("Cherche des ingénieurs en optique.",),
        ),
    ),
    Choice(
        "des puces qui calculent, et non des puces qui piquent",
        seeker=Party(
            Kind.STARTUP,
            can=("Conçoit des capteurs de gaz pour les mines.",),
            needs=("Cherche un fournisseur de puces photoniques pour ses capteurs.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Fabrique en petites séries des circuits optiques en nitrure de silicium.",),
            needs=("Souhaite recruter des techniciens de salle blanche.",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("Fabrique des colliers contre les puces et les tiques des chiens et des chats.",),
            needs=("Souhaite vendre ses produits dans les animaleries.",),
        ),
    ),
    # --- Japanese -------------------------------------------------------------------------------------------------
    Choice(
        "排熱から電気を造る装置であって、排熱の別の使い道ではない",
        seeker=Party(
            Kind.COMPANY,
            can=("製鉄所を営み、自動車向けの鋼板を造る。",),
            needs=("工場の排熱を電気に変える小型の発電装置を調達したい。",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("工場の排熱で発電する小型の熱電変換装置を製造する。",),
            needs=("装置の販売を任せられる代理店を求める。",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("工場の排熱を使った温室でトマトを育て、販売する。",),
            needs=("温室の収穫を担う人手を求める。",),
        ),
    ),
    Choice(
        "技術を供与する側であって、同じ技術を求める側ではない",
        seeker=Party(
            Kind.STARTUP,
            can=("希少な病気に効く抗体医薬を見つけ、臨床試験を進める。",),
            needs=("抗体を大量に造る細胞株の使用許諾を受けたい。",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("抗体を高い効率で造る細胞株を開発し、製薬会社に使用を許諾する。",),
            needs=("細胞を培養する技術者を採用したい。",),
        ),
        worse=Party(
            Kind.STARTUP,
            can=("希少な病気に効く抗体医薬の候補を見つけ、臨床試験を行う。",),
            needs=("抗体を大量に造る細胞株を導入したい。",),
        ),
    ),
    # --- across languages -----------------------------------------------------------------------------------------
    Choice(
        "Japanese town, English partners: what the sludge holds, not what carries it",
        seeker=Party(
            Kind.MUNICIPALITY,
            can=("人口二十万人の市で下水処理場を営む。",),
            needs=("下水の汚泥からリンを回収する設備を導入したい。",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("Supplies reactors that recover phosphorus from sewage sludge as fertilizer.",),
            needs=("Seeks a plant in which to build parts of its reactors.",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("Supplies towns with sewer pipes, manhole covers and pumping stations.",),
            needs=("Seeks a foundry to cast its manhole covers.",),
        ),
    ),
    Choice(
        "English seeker, Japanese partners: the material of the tank, not the use of the gas",
        seeker=Party(
            Kind.COMPANY,
            can=("Makes high-pressure hydrogen tanks for trucks.",),
            needs=("Needs a supplier of carbon fibre that is strong enough to be wound into hydrogen tanks.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("圧力容器に巻く高強度の炭素繊維を量産する。",),
            needs=("炭素繊維を再生する技術を求める。",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("水素ステーションを建設し、燃料電池車に水素を供給する。",),
            needs=("水素を安く造る事業者を求める。",),
        ),
    ),
    Choice(
        "hôpital francophone, réponse japonaise ou française : l’appareil demandé, et non la langue commune",
        seeker=Party(
            Kind.HOSPITAL,
            can=("Soigne les maladies du foie et de l’intestin.",),
            needs=("Veut acquérir un système d’IA qui signale les polypes pendant une coloscopie.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=("大腸内視鏡の画像からポリープを見つけるAIを病院に販売する。",),
            needs=("海外で製品の認可手続きを代行する会社を求める。",),
        ),
        worse=Party(
            Kind.COMPANY,
            can=("Fabrique des lits d’hôpital, des civières et des chariots de soins.",),
            needs=("Cherche un fournisseur de roulettes et de matelas.",),
        ),
    ),
)

PEER = _of(
    Relation.PEER,
    # --- English --------------------------------------------------------------------------------------------------
    Choice(
        "making AI safe, not making companies use it",
        seeker=Party(
            Kind.GOVERNMENT_BODY,
            can=(
                "Tests advanced AI models for dangerous capabilities.",
                "Publishes guidance on the safe use of AI for government and industry.",
            ),
            needs=("Seeks sister institutes abroad to agree on methods for testing advanced AI.",),
        ),
        better=Party(
            Kind.GOVERNMENT_BODY,
            can=(
                "Develops methods to test the safety of advanced AI.",
                "Issues guides on how to attack one’s own AI systems in order to find their weaknesses.",
            ),
            needs=("Wants to run joint tests of AI models with AI safety bodies of other countries.",),
        ),
        worse=Party(
            Kind.GOVERNMENT_BODY,
            can=(
                "Subsidizes small companies that adopt AI to raise their productivity.",
                "Trains office workers in the use of AI tools.",
            ),
            needs=("Wants more small companies to apply for its AI adoption grants.",),
        ),
    ),
    Choice(
        "a laboratory for the same rare events, not a university that does everything",
        seeker=Party(
            Kind.RESEARCH_INSTITUTE,
            can=(
                "Runs an underground laboratory for detectors of neutrinos and dark matter.",
                "Measures and removes traces of radioactivity from the materials of detectors.",
            ),
            needs=("Seeks laboratories with which to share ways of lowering background radiation.",),
        ),
        better=Party(
            Kind.RESEARCH_INSTITUTE,
            can=(
                "Operates a large neutrino detector deep in a former mine.",
                "Purifies water and gas for detectors in which hardly any radioactivity is allowed.",
            ),
            needs=("Wants partners abroad for the search for dark matter with a low background.",),
        ),
        worse=Party(
            Kind.UNIVERSITY,
            can=(
                "Teaches and does research in ten faculties, from law and medicine to physics and engineering.",
                "Offers world-class research, laboratories and talent to partners in all fields.",
            ),
            needs=("Seeks partners abroad for the exchange of students and for joint research in any field.",),
        ),
    ),
    # --- French ---------------------------------------------------------------------------------------------------
    Choice(
        "déneiger la ville, et non fêter la neige",
        seeker=Party(
            Kind.MUNICIPALITY,
            can=(
                "Déneige deux mille kilomètres de rues et de trottoirs chaque hiver.",
                "Prévoit où souffler et déposer la neige usée.",
            ),
            needs=("Veut échanger avec d’autres villes d’hiver sur les méthodes de déneigement.",),
        ),
        better=Party(
            Kind.MUNICIPALITY,
            can=(
                "Déblaie la neige des rues la nuit et la fait fondre avec la chaleur des égouts.",
                "Forme des conducteurs de chasse-neige.",
            ),
            needs=("Souhaite comparer son déneigement à celui de villes étrangères.",),
        ),
        worse=Party(
            Kind.MUNICIPALITY,
            can=(
                "Organise chaque hiver un festival de sculptures de neige qui attire deux millions de visiteurs.",
                "Fait connaître ses pistes de ski et ses sources thermales.",
            ),
            needs=("Veut échanger avec d’autres villes d’hiver sur l’accueil des touristes.",),
        ),
    ),
    Choice(
        "des cohortes d’aînés, et non des cohortes d’enfants",
        seeker=Party(
            Kind.RESEARCH_INSTITUTE,
            can=(
                "Suit depuis vingt ans une cohorte de cinq mille aînés.",
                "Étudie la fragilité et le déclin cognitif des personnes âgées.",
            ),
            needs=("Cherche d’autres cohortes pour comparer le vieillissement de deux pays.",),
        ),
        better=Party(
            Kind.RESEARCH_INSTITUTE,
            can=(
                "Mesure chaque année la marche et la mémoire de deux mille personnes de plus de 65 ans.",
                "Étudie ce qui retarde la démence et la perte d’autonomie.",
            ),
            needs=("Souhaite comparer à l’étranger ses données sur le grand âge.",),
        ),
        worse=Party(
            Kind.RESEARCH_INSTITUTE,
            can=(
                "Suit depuis vingt ans une cohorte de mille enfants leucémiques.",
                "Étudie la croissance des enfants après une greffe de moelle.",
            ),
            needs=("Cherche d’autres cohortes pour comparer les traitements de deux pays.",),
        ),
    ),
    # --- Japanese -------------------------------------------------------------------------------------------------
    Choice(
        "宇宙へ行く機関であって、宇宙を見せる機関ではない",
        seeker=Party(
            Kind.GOVERNMENT_BODY,
            can=("月や小惑星の探査機を開発し、運用する。", "宇宙飛行士を選抜し、訓練する。"),
            needs=("月面の探査を共に進める各国の宇宙機関を求める。",),
        ),
        better=Party(
            Kind.GOVERNMENT_BODY,
            can=("月面を走る探査車と宇宙用のロボットアームを開発する。", "宇宙飛行士を国際宇宙ステーションに送る。"),
            needs=("月の探査計画で他国の宇宙機関と協力したい。",),
        ),
        worse=Party(
            Kind.GOVERNMENT_BODY,
            can=("プラネタリウムで月や小惑星の映像を市民に見せる。", "子ども向けに宇宙飛行士の講演会を開く。"),
            needs=("宇宙の展示を貸し借りする各国の科学館を求める。",),
        ),
    ),
    Choice(
        "地面の揺れを測る機関であって、地面の下の資源を探す機関ではない",
        seeker=Party(
            Kind.RESEARCH_INSTITUTE,
            can=("海底と陸の地震計の観測網を運用する。", "地震と津波を早く知らせる警報の方法を研究する。"),
            needs=("巨大地震の観測データを交換する海外の研究機関を求める。",),
        ),
        better=Party(
            Kind.RESEARCH_INSTITUTE,
            can=("沖合の海底に地震計を並べ、プレート境界の揺れを観測する。", "地震の早期警報を沿岸の州で運用する。"),
            needs=("沈み込み帯の地震と津波を共に研究する海外の機関を求める。",),
        ),
        worse=Party(
            Kind.RESEARCH_INSTITUTE,
            can=(
                "海底と陸の地質を調べ、銅やニッケルの埋蔵量を推定する。",
                "人工の振動を使って石油と天然ガスのある地層を探す。",
            ),
            needs=("鉱床の探査データを交換する海外の研究機関を求める。",),
        ),
    ),
    # --- across languages -----------------------------------------------------------------------------------------
    Choice(
        "Japanese seeker, English partners: bringing foreign companies in, not lending to those at home",
        seeker=Party(
            Kind.ASSOCIATION,
            can=("外国企業の国内への投資を誘致し、拠点の設立を手伝う。",),
            needs=("海外の投資促進機関と情報を交換したい。",),
        ),
        better=Party(
            Kind.GOVERNMENT_BODY,
            can=("Helps foreign companies invest and set up offices in the country.",),
            needs=("Wants to work with investment promotion agencies of other countries.",),
        ),
        worse=Party(
            Kind.GOVERNMENT_BODY,
            can=("Lends to small domestic companies so that they can buy machines and buildings.",),
            needs=("Wants to reach more shop owners and farmers who need a loan.",),
        ),
    ),
    Choice(
        "English seeker, a Japanese and an English answer: standards of time, not standards of food",
        seeker=Party(
            Kind.GOVERNMENT_BODY,
            can=("Keeps the national standards of time, length and mass.", "Builds optical clocks."),
            needs=("Seeks metrology institutes with which to compare optical clocks.",),
        ),
        better=Party(
            Kind.RESEARCH_INSTITUTE,
            can=("光格子時計を開発し、国の標準時を保つ。", "長さや質量の国家計量標準を維持する。"),
            needs=("時計の精度を比較する海外の計量標準機関を求める。",),
        ),
        worse=Party(
            Kind.GOVERNMENT_BODY,
            can=("Sets the national standards of food labels.", "Inspects imported meat and fish."),
            needs=("Seeks food inspection agencies with which to recognize each other’s standards.",),
        ),
    ),
    Choice(
        "chercheurs francophones, réponse japonaise ou française : les algues, et non les vaches",
        seeker=Party(
            Kind.RESEARCH_INSTITUTE,
            can=(
                "Étudie la culture des algues marines et leur valeur comme aliment.",
                "Tient une collection de souches d’algues brunes et rouges.",
            ),
            needs=("Cherche des instituts qui étudient la culture des algues pour échanger des souches.",),
        ),
        better=Party(
            Kind.RESEARCH_INSTITUTE,
            can=("コンブやノリなど海藻の養殖を研究する。", "海藻の株を保存し、食品としての成分を調べる。"),
            needs=("海藻の養殖を研究する海外の機関と株を交換したい。",),
        ),
        worse=Party(
            Kind.RESEARCH_INSTITUTE,
            can=(
                "Étudie l’élevage des vaches laitières et la valeur de leur lait comme aliment.",
                "Tient une collection de souches de bactéries du fromage.",
            ),
            needs=("Cherche des instituts qui étudient la production de lait pour échanger des données.",),
        ),
    ),
    Choice(
        "Japanese seeker, French partners: the ground of the North, not its languages",
        seeker=Party(
            Kind.RESEARCH_INSTITUTE,
            can=("永久凍土と海氷を北極圏で観測する。", "気候の変化で凍土が解ける速さを予測する。"),
            needs=("北極の観測データを共有する研究機関を求める。",),
        ),
        better=Party(
            Kind.UNIVERSITY,
            can=(
                "Tient dans le Nord des stations qui mesurent le pergélisol et la neige.",
                "Étudie le dégel des sols arctiques et ce qu’il fait aux routes et aux maisons.",
            ),
            needs=("Souhaite partager ses mesures du climat arctique avec des instituts étrangers.",),
        ),
        worse=Party(
            Kind.UNIVERSITY,
            can=(
                "Étudie l’histoire et les langues des peuples du Nord.",
                "Conserve des chants et des récits des aînés de l’Arctique.",
            ),
            needs=("Souhaite partager ses archives sonores avec des musées étrangers.",),
        ),
    ),
)

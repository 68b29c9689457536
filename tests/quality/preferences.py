"""What a good matcher prefers, as data: a need, and two capabilities of which one answers it better.

Each case is one judgement that a person would make without hesitation. The worse capability is a near miss: the same
words for another purpose, the same field for another problem, or the language of the need and none of its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcher.profile import Kind
from tests.quality.relations import Choice, Party


@dataclass(frozen=True, slots=True)
class Preference:
    """``better`` answers ``need`` better than ``worse`` does; ``why`` names what the case is about."""

    why: str
    need: str
    better: str
    worse: str


PREFERENCES = (
    # --- English --------------------------------------------------------------------------------------------------
    Preference(
        "the same topic, not the same sector",
        need="Seeks a supplier of electrolysers for a plant that makes hydrogen from surplus wind power.",
        better="Manufactures alkaline electrolysers of up to five megawatts that follow a changing supply of power.",
        worse="Manufactures towers and blades for wind turbines that stand in shallow coastal water.",
    ),
    Preference(
        "a technical term is an exact thing",
        need="Looks for a foundry that packages photonic chips on silicon interposers.",
        better="Offers assembly and packaging of silicon photonics on interposers in small series.",
        worse="Offers packaging of frozen fish and chips in recyclable cardboard for supermarkets.",
    ),
    Preference(
        "one word with two meanings",
        need="Needs new battery cells for forklift trucks that work in cold stores at minus thirty degrees.",
        better="Makes lithium-ion cells for industrial vehicles that keep their capacity in deep cold.",
        worse="Grows mammalian cells in cold storage banks for the makers of antibody medicines.",
    ),
    Preference(
        "what is done, not whom it is done for",
        need="Wants software that detects cyberattacks on the control systems of water works.",
        better="Monitors industrial control networks and raises an alarm at signs of intrusion.",
        worse="Builds membrane filters with which water works remove salt and trace chemicals.",
    ),
    # --- French ---------------------------------------------------------------------------------------------------
    Preference(
        "la même activité, et non les mêmes mots",
        need="Cherche un robot capable de trier des déchets de construction sur un convoyeur.",
        better="Fabrique des bras automatisés qui reconnaissent et séparent le bois, le béton et le métal des rebuts.",
        worse="Construit des convoyeurs de bagages pour les aéroports et en assure l’entretien.",
    ),
    Preference(
        "les aînés, et non les enfants",
        need="Souhaite des capteurs qui préviennent les proches lorsqu’une personne âgée tombe chez elle.",
        better="Offre un radar mural qui détecte les chutes des aînés à domicile sans caméra.",
        worse="Offre une montre connectée qui indique aux parents où se trouve leur enfant après l’école.",
    ),
    Preference(
        "observer la forêt depuis l’espace",
        need="A besoin d’images satellitaires pour suivre les coupes et les feux dans la forêt boréale.",
        better="Exploite de petits satellites d’observation de la Terre qui repèrent la fumée et le déboisement.",
        worse="Récolte et scie le bois de la forêt boréale pour la construction de maisons.",
    ),
    # --- Japanese -------------------------------------------------------------------------------------------------
    Preference(
        "同じ分野の別の課題",
        need="認知症の人の徘徊を見守り、家族に知らせる仕組みを求める。",
        better="高齢者の居場所を検知し、外出時に家族へ通知する見守りシステムを提供する。",
        worse="高齢者向けに栄養を調整した冷凍弁当を自宅へ宅配する。",
    ),
    Preference(
        "同じ漢字の別の意味",
        need="量子コンピューターで配送計画を最適化する研究の相手を探す。",
        better="組合せ最適化問題を解く量子アニーリング計算機を開発する。",
        worse="大量の荷物を保管し、全国へ配送する倉庫を運営する。",
    ),
    Preference(
        "材料であって製品ではない",
        need="次世代パワー半導体に使う炭化ケイ素ウエハーの調達先を求める。",
        better="欠陥の少ない炭化ケイ素の単結晶基板を量産する。",
        worse="半導体を使った家庭用エアコンを量産する。",
    ),
    # --- across languages -----------------------------------------------------------------------------------------
    Preference(
        "Japanese need, English answer: meaning before language",
        need="下水道管の内部を自走して点検するロボットを必要とする。",
        better="Builds crawling robots that inspect the inside of sewer pipes with cameras and lidar.",
        worse="下水処理場から出る汚泥を肥料にして農家へ販売する。",
    ),
    Preference(
        "Japanese need, French answer",
        need="二酸化炭素を吸収して固まるコンクリートの技術を導入したい。",
        better="Produit un béton qui durcit en absorbant du gaz carbonique et en réduit l’empreinte.",
        worse="Produit des meubles de jardin et des pots de fleurs en béton décoratif.",
    ),
    Preference(
        "English need, Japanese answer",
        need="Seeks partners to test AI that reads chest X-rays in rural hospitals.",
        better="胸部レントゲン画像から肺の病変を見つけるAIを病院に提供する。",
        worse="病院の受付で患者を案内する会話ロボットを提供する。",
    ),
    Preference(
        "French need, Japanese answer",
        need="Cherche des piles à combustible pour alimenter des traversiers sans émissions.",
        better="船舶向けの水素燃料電池システムを製造する。",
        worse="沿岸を結ぶフェリーの予約サイトを運営する。",
    ),
    Preference(
        "English need, French answer: the language shared with the worse one does not help it",
        need="Wants guidelines for auditing the safety of large language models in public services.",
        better="Évalue les risques des grands modèles de langage et publie des grilles d’audit pour l’État.",
        worse="Publishes guidelines for learning a foreign language in public libraries.",
    ),
    Preference(
        "French need, English answer",
        need="Veut des modèles d’apprentissage automatique qui prévoient la demande d’électricité d’une ville.",
        better="Forecasts the electricity load of cities with machine learning from weather and meter data.",
        worse="Teaches model railway enthusiasts how electric locomotives are wired.",
    ),
)

# Statements that could stand in any profile, against one that says something.
SPECIFICS = (
    Preference(
        "innovation in general",
        need="Seeks technology that removes ice from the blades of wind turbines.",
        better="Makes heated coatings that keep rotor blades free of ice.",
        worse="Drives innovation with cutting-edge technology for a sustainable future.",
    ),
    Preference(
        "a global leader",
        need="Needs a supplier of helium-cooled superconducting magnets for a particle accelerator.",
        better="Winds superconducting coils for magnets in physics laboratories.",
        worse="Is a global leader and trusted supplier of advanced solutions to science and industry worldwide.",
    ),
    Preference(
        "a partner of everybody",
        need="Looks for a partner to develop a blood test for early Alzheimer’s disease.",
        better="Detects amyloid in blood samples with mass spectrometry.",
        worse="Works with partners around the world to develop new products and open new markets.",
    ),
    Preference(
        "l’innovation en général",
        need="Cherche un procédé pour récupérer le lithium des saumures géothermiques.",
        better="Vend des membranes qui séparent le lithium de l’eau salée.",
        worse="Met l’innovation et la technologie au service d’une croissance durable.",
    ),
    Preference(
        "un chef de file mondial",
        need="Souhaite un logiciel qui planifie la tournée des véhicules de collecte des déchets.",
        better="Calcule le trajet le plus court pour des flottes de camions municipaux.",
        worse="Chef de file mondial, propose aux villes des solutions logicielles complètes et novatrices.",
    ),
    Preference(
        "様々なソリューション",
        need="橋のコンクリートのひび割れを自動で見つける技術を求める。",
        better="ドローンで撮影した画像から橋やトンネルのひびを検出する。",
        worse="お客様の課題を解決する様々なソリューションを提供する。",
    ),
    Preference(
        "世界をリードする技術",
        need="乳牛の発情を検知する首輪型のセンサーを探している。",
        better="牛に付けた加速度計で繁殖に適した時期を知らせる。",
        worse="世界をリードする最先端の技術とセンサーで社会に貢献する。",
    ),
    Preference(
        "Japanese need, an English answer or Japanese generalities",
        need="海洋プラスチックを分解する微生物の研究で協力する相手を探す。",
        better="Breeds bacteria that break down plastic waste in seawater.",
        worse="持続可能な社会の実現に向けて、国内外の相手と幅広く協力する。",
    ),
    Preference(
        "French need, a Japanese answer or French generalities",
        need="Cherche un partenaire pour mettre au point un vaccin sans aiguille.",
        better="皮膚に貼るマイクロニードルでワクチンを投与する技術を開発する。",
        worse="Offre à ses partenaires un savoir-faire reconnu et un accompagnement sur mesure.",
    ),
    Preference(
        "English need, a French answer or English generalities",
        need="Needs sensors that measure how fast permafrost thaws under roads.",
        better="Installe des sondes de température dans le sol gelé du Nord.",
        worse="Provides smart sensing and data solutions for infrastructure of every kind.",
    ),
)

# How much of what is needed is met, and by whom: whole profiles, whatever the relation.
CARE = (
    # --- several statements that meet a need, or one ----------------------------------------------------------------
    Choice(
        "a need of three parts: all three, not the first alone",
        seeker=Party(
            Kind.COMPANY,
            can=("Flies electric seaplanes between coastal towns.",),
            needs=("Needs a partner that designs propellers, moulds them from carbon fibre and certifies them.",),
        ),
        better=Party(
            Kind.COMPANY,
            can=(
                "Designs quiet propellers for electric aircraft.",
                "Moulds blades from carbon fibre.",
                "Tests propellers and obtains their airworthiness certificates.",
            ),
        ),
        worse=Party(
            Kind.COMPANY,
            can=(
                "Designs quiet propellers for electric aircraft.",
                "Prints manuals and posters for flying schools.",
                "Rents hangars to owners of private planes.",
            ),
        ),
    ),
    Choice(
        "trois besoins comblés, et non un seul",
        seeker=Party(
            Kind.COMPANY,
            can=("Exploite des serres de légumes.",),
            needs=(
                "Cherche des robots qui cueillent les tomates.",
                "Cherche un éclairage à diodes qui consomme peu.",
                "Cherche un logiciel qui prévoit la récolte.",
            ),
        ),
        better=Party(
            Kind.COMPANY,
            can=(
                "Fabrique des robots qui cueillent les tomates en serre.",
                "Fabrique des lampes à diodes économes pour l’horticulture.",
                "Offre un logiciel qui prévoit la récolte des légumes.",
            ),
        ),
        worse=Party(
            Kind.COMPANY,
            can=(
                "Fabrique des robots qui cueillent les tomates en serre.",
                "Fabrique des stylos et des cahiers pour l’école.",
                "Offre un logiciel de paie aux avocats.",
            ),
        ),
    ),
    Choice(
        "二つの課題に応える相手であって、一つだけに応える相手ではない",
        seeker=Party(
            Kind.HOSPITAL,
            can=("透析の患者を診療する。",),
            needs=("透析液の水を精製する装置を更新したい。", "患者の体調を自宅で見守る仕組みを導入したい。"),
        ),
        better=Party(
            Kind.COMPANY,
            can=("透析に使う水を精製する装置を製造する。", "透析の患者の体調を自宅で見守る仕組みを提供する。"),
        ),
        worse=Party(Kind.COMPANY, can=("透析に使う水を精製する装置を製造する。", "病院の駐車場を設計し、管理する。")),
    ),
    Choice(
        "English seeker, Japanese partners: both needs, not one",
        seeker=Party(
            Kind.COMPANY,
            can=("Mines nickel in the far North.",),
            needs=(
                "Wants battery-electric trucks that carry ore underground.",
                "Wants sensors that warn of rock falls in tunnels.",
            ),
        ),
        better=Party(
            Kind.COMPANY,
            can=("鉱山の坑内で鉱石を運ぶ電動ダンプを製造する。", "坑道の落盤の前触れを検知するセンサーを造る。"),
        ),
        worse=Party(
            Kind.COMPANY, can=("鉱山の坑内で鉱石を運ぶ電動ダンプを製造する。", "家庭用の炊飯器と掃除機を造る。")
        ),
    ),
    # --- a specialist, or one that speaks of everything --------------------------------------------------------------
    Choice(
        "a small specialist, not a trading house with a line for everything",
        seeker=Party(
            Kind.COMPANY,
            can=("Bottles wine made from frozen grapes.",),
            needs=("Needs machines that sort frozen grapes by colour before they are pressed.",),
        ),
        better=Party(Kind.COMPANY, can=("Builds optical machines that sort fruit and nuts by colour.",)),
        worse=Party(
            Kind.COMPANY,
            can=(
                "Trades grain, meat, fruit, wine, coffee and frozen food all over the world.",
                "Invests in machinery, plants and infrastructure from mining to medicine.",
                "Runs a network of one hundred and thirty offices in sixty countries.",
                "Creates new value by joining businesses of many industries.",
                "Offers customers logistics, finance and solutions in one place.",
            ),
            needs=("Looks for business opportunities in food, energy, health and mobility.",),
        ),
    ),
    Choice(
        "専門の会社であって、何でも扱う総合商社ではない",
        seeker=Party(
            Kind.COMPANY, can=("酒蔵で日本酒を醸す。",), needs=("酒米の割れた粒を画像で見分けて取り除く機械を求める。",)
        ),
        better=Party(Kind.STARTUP, can=("穀物の割れや変色をカメラで見つけて選別する機械を造る。",)),
        worse=Party(
            Kind.COMPANY,
            can=(
                "穀物、酒類、肉、果物など食料を世界で取引する。",
                "機械、化学品、エネルギー、金属など幅広い事業に投資する。",
                "世界六十カ国の拠点を生かし、様々な産業をつなぐ。",
                "物流や金融を含む総合的なソリューションを提供する。",
            ),
            needs=("新しい価値を共に創る企業を幅広い分野で求める。",),
        ),
    ),
    Choice(
        "un laboratoire du sujet, et non une université de tous les sujets",
        seeker=Party(
            Kind.COMPANY,
            can=("Produit du sirop d’érable.",),
            needs=("Cherche des chercheurs qui connaissent les microbes qui gâtent la sève et le sirop.",),
        ),
        better=Party(
            Kind.RESEARCH_INSTITUTE,
            can=("Étudie les levures et les bactéries qui altèrent les jus et les sirops sucrés.",),
        ),
        worse=Party(
            Kind.UNIVERSITY,
            can=(
                "Réunit dix facultés, de la médecine au droit et de l’agriculture au génie.",
                "Compte trois mille chercheurs dans tous les domaines de la science.",
                "Accueille des entreprises sur un campus d’innovation de calibre mondial.",
                "Forme vingt mille étudiants en biologie, en chimie, en lettres et en gestion.",
            ),
            needs=("Cherche des entreprises de tous les secteurs pour des projets de recherche.",),
        ),
    ),
    Choice(
        "Japanese seeker, English partners: one who knows the fish, not a university that is good at everything",
        seeker=Party(
            Kind.COMPANY,
            can=("錦鯉を育て、愛好家に輸出する。",),
            needs=("鯉のヘルペスウイルスに効くワクチンを開発できる相手を求める。",),
        ),
        better=Party(Kind.STARTUP, can=("Develops vaccines against viral diseases of farmed fish.",)),
        worse=Party(
            Kind.UNIVERSITY,
            can=(
                "Conducts leading research in medicine, engineering, fisheries, arts and science.",
                "Ranks among the best universities of the world for innovation and impact.",
                "Partners with industry to turn discoveries into products in every sector.",
                "Runs hospitals, farms, forests and laboratories across the province.",
            ),
            needs=("Welcomes partners for research in health, food, energy and the environment.",),
        ),
    ),
)

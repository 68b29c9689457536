"""What a good matcher prefers, as data: a need, and two capabilities of which one answers it better.

Each case is one judgement that a person would make without hesitation. The worse capability is a near miss: the same
words for another purpose, the same field for another problem, or the language of the need and none of its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass


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

"""Names put together at random, postcodes of an area that does not exist, and how records go wrong."""

from __future__ import annotations

import numpy as np

__all__ = ["FORENAMES", "SPECIAL", "SURNAMES", "home_postcode", "misspelt", "postcode", "wrong_date"]

FORENAMES = {
    0: ("Amina Anna Beth Carol Chloe Dawn Diane Donna Ellen Emma Farah Gemma Grace Hannah Helen Irene "
       "Jade Jane Joan Julie Karen Katie Laura Leila Linda Lucy Maria Maxine Mina Nadia Nicola Olive "
       "Paula Rachel Rita Rosa Ruth Sally Sandra Sarah Shanice Shirley Susan Tanya Tracy Vera Wendy "
       "Yasmin Zoe").split(),
    1: ("Aaron Adam Ahmed Alan Andrew Anthony Ben Brian Carl Colin Craig Dale Daniel Darren David Dean "
       "Derek Edward Eric Gareth Gary George Graham Hassan Ian Ibrahim Imran Jamal James Jason John "
       "Karl Keith Kevin Lee Leon Liam Mark Martin Michael Neil Nigel Omar Patrick Paul Peter Philip "
       "Robert Ryan Sean Simon Stephen Stuart Tariq Thomas Tony Trevor Wayne William").split(),
}
SURNAMES = (
    "Abbey Ainsley Ali Allott Barlow Begum Bell Birch Booth Bradwell Briggs Brook Burrows Carver "
    "Chapman Clegg Cole Cooper Crossley Dale Dawson Denton Dyson Eyre Farrow Fielding Fisher Fox Gill "
    "Goddard Grant Green Hadfield Hague Hall Hanif Hardy Heaton Hill Holmes Hope Hussain Ibbotson "
    "Iqbal Jackson Jessop Kaye Khan Kirk Lamb Lane Lister Lomas Marples Marsh Mason Mellor Miah Moss "
    "Nadeem Naylor Norton Oakley Palfrey Parkin Patel Pearson Peel Pryor Rawson Reid Rhodes Roe Rowley "
    "Sanderson Savage Shaw Singh Slack Spencer Staniforth Steel Stone Sykes Tasker Thorpe Topping "
    "Turner Tyas Unwin Varley Wade Ward Webster Weston Whitham Wild Wragg Yates"
).split()
# sex, forename and surname on the housing side, forename and surname on the trust's side
SPECIAL = (
    (1, "Łukasz", "Wiśniak", "Lukasz", "Wisniak"),
    (0, "Лариса", "Мельничук", "Larisa", "Melnichuk"),
    (1, "محمد", "الزهراني", "Mohammed", "Al-Zahrani"),
    (0, "美玲", "陈", "Meiling", "Chen"),
    (0, "Siobhán", "O'Dwyer-Marsh", "Siobhan", "O Dwyer Marsh"),
    (1, "Sukarnoto", "", "", "Sukarnoto"),
    (0, "Anne-Marie", "D'Arcangelo", "Ann Marie", "Darcangelo"),
    (1, "Renée-Jean", "St. Clair", "Rene Jean", "StClair"),
)
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def home_postcode(home: int) -> str:
    """Postcode of a residential home, shared by everyone who lives there."""
    return f"ZZ{2 + home % 9} {1 + home % 7}{LETTERS[home % 20]}{LETTERS[(3 * home + 5) % 20]}"


def postcode(u: float) -> str:
    """A postcode in the area ZZ, which no postal service uses."""
    rest = int(u * 9 * 9 * 400)
    return f"ZZ{11 + rest % 9} {1 + rest // 9 % 9}{LETTERS[rest // 81 % 20]}{LETTERS[rest // 1620 % 20]}"


def misspelt(name: str, u: float) -> str:
    """A name with two letters swapped, one left out or one doubled.

    >>> misspelt("Carver", 0.0), misspelt("Carver", 0.5), misspelt("Carver", 0.99)
    ('Craver', 'Caver', 'Carvver')
    """
    if len(name) < 4:
        return name + name[-1:]
    kind, place = int(3 * u), 1 + int(3 * u % 1 * (len(name) - 3))
    if kind == 0:
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    return name[:place] + name[place + 1 :] if kind == 1 else name[:place] + name[place] + name[place:]


def wrong_date(day: int, u: float) -> int:
    """Day and month swapped where that is a date, else the year or the day off by one or so."""
    date = np.datetime64(int(day), "D").item()
    if u < 0.5 and date.day <= 12 and date.day != date.month:
        return int(np.datetime64(date.replace(month=date.day, day=date.month), "D").astype(int))
    if u < 0.75:
        near = date.replace(day=min(date.day, 28), year=date.year + (1 if u < 0.62 else -1))
        return int(np.datetime64(near, "D").astype(int))
    return int(day) + (1 if u < 0.88 else -1)

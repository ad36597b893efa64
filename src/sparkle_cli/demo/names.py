"""People's names and where they live, by where such names are common."""

from attrs import frozen


@frozen
class Origin:
    """Given names, family names and towns that go together."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    towns: tuple[str, ...]
    locale: str


def _origin(locale: str, given: str, family: str, towns: str) -> Origin:
    return Origin(tuple(given.split()), tuple(family.split()), tuple(towns.split(", ")), locale)


ORIGINS = (
    _origin(
        "en",
        "Maya Jonah Priya Callum Tess Rowan Imogen Desmond Skye Ellis Harriet Kit",
        "Whitlock Osei Marlowe Kaur Penrose Adeyemi Fairburn Quill Hartley Lindqvist Rook Barrow",
        "Leeds, Bristol, Halifax, Galway, Dunedin, Hobart, Portland",
    ),
    _origin(
        "es",
        "Lucía Mateo Ximena Álvaro Paloma Joaquín Renata Iker Camila Nicolás",
        "Herrera Quiroga Ibáñez Montalvo Rentería Salcedo Vidal Cárdenas Peñaloza Lozano",
        "Valencia, Oaxaca, Córdoba, Medellín, Montevideo, Bilbao",
    ),
    _origin(
        "fr",
        "Éloïse Bastien Aïcha Léo Manon Corentin Solène Idriss Capucine Théo",
        "Garnier Bensaïd Lefebvre Rousselot Chevalier Diallo Perrin Moreau Tessier Blanchet",
        "Lyon, Rennes, Liège, Dakar, Québec, Grenoble",
    ),
    _origin(
        "de",
        "Greta Jonas Leyla Matthis Frieda Anton Svenja Emre Lotte Valentin",
        "Brandt Yıldırım Schuster Oberländer Kessler Ahrens Vogt Lindner Hollmann Petersen",
        "Leipzig, Graz, Bremen, Basel, Freiburg, Kassel",
    ),
    _origin(
        "pt-BR",
        "Thaís Caio Beatriz Rafael Luana Murilo Inês Tomás Yasmin Duarte",
        "Figueiredo Nogueira Saldanha Azevedo Bittencourt Teixeira Moura Valente Queiroz Prado",
        "Recife, Porto, Curitiba, Belém, Coimbra, Salvador",
    ),
    _origin(
        "ja",
        "Haruka Ren Sakura Daichi Mio Kaito Yui Sora Akari Takumi",
        "Hayashida Mizuno Okabe Shirakawa Tachibana Kurosawa Nishimura Arai Fujimori Ueda",
        "Kanazawa, Sapporo, Matsuyama, Nagano, Kobe, Otaru",
    ),
    _origin(
        "hi",
        "Ananya Rohan Kavya Arjun Meera Ishaan Diya Nikhil Zoya Farhan",
        "Deshpande Mukherjee Nair Bhatt Chaudhary Rao Sengupta Pillai Siddiqui Joshi",
        "Pune, Kochi, Kolkata, Jaipur, Mysuru, Lucknow",
    ),
    _origin(
        "pl",
        "Zofia Kacper Hania Bartek Oliwia Tymon Lena Szymon Maja Wojtek",
        "Wiśniewska Kowalczyk Zieliński Pawlak Sobczak Majewski Kaczmarek Wróbel Lis Baran",
        "Gdynia, Wrocław, Lublin, Toruń, Kraków, Łódź",
    ),
    _origin(
        "tr",
        "Defne Kerem Elif Barış Nehir Onur Selin Deniz Ceren Yusuf",
        "Aksoy Demirel Kaplan Özkan Şahin Tunç Erdem Uçar Korkmaz Balcı",
        "İzmir, Bursa, Ankara, Eskişehir, Antalya, Trabzon",
    ),
    _origin(
        "yo",
        "Temitope Adaeze Kelechi Folake Chidi Yewande Obinna Simisola Tunde Amara",
        "Okonkwo Adebayo Balogun Eze Nwosu Ogunleye Akinola Umeh Lawal Bassey",
        "Lagos, Ibadan, Enugu, Abuja, Calabar",
    ),
    _origin(
        "ko",
        "Jiwoo Minseo Haneul Seojun Yuna Doyun Sumin Taeyang Eunji Jiho",
        "Kim Park Choi Jung Kang Yoon Lim Han Shin Seo",
        "Busan, Daejeon, Jeonju, Incheon, Gwangju",
    ),
    _origin(
        "sv",
        "Astrid Elias Signe Nils Freja Aksel Tuva Joakim Liv Eero",
        "Bergström Nyqvist Solberg Lund Ekdahl Haugen Virtanen Rask Holm Dahlin",
        "Uppsala, Bergen, Aarhus, Turku, Malmö, Tromsø",
    ),
    _origin(
        "ar",
        "Layla Omar Noor Karim Salma Tariq Rania Youssef Dina Bilal",
        "Haddad Mansour Khoury Benali Farouk Nassar Saleh Qasim Aziz Rahal",
        "Amman, Rabat, Alexandria, Tunis, Beirut, Muscat",
    ),
    _origin(
        "id",
        "Putri Dimas Ayu Rizky Sari Bayu Wulan Agus Intan Hendra",
        "Wijaya Santoso Pratama Kusuma Hartono Lestari Nugroho Saputra Maharani Siregar",
        "Bandung, Surabaya, Yogyakarta, Medan, Denpasar",
    ),
)

HANDLE_WORDS = tuple(
    [
        "pixel",
        "sprout",
        "nightbus",
        "papercut",
        "lofi",
        "cassette",
        "mango",
        "static",
        "quokka",
        "comet",
        "teapot",
        "dune",
        "fern",
        "bramble",
        "tangent",
        "orbit",
        "ember",
        "gecko",
        "waffle",
        "tundra",
        "velcro",
        "nimbus",
        "radish",
        "lantern",
        "pebble",
        "marble",
        "sparrow",
        "crumb",
        "drift",
        "saffron",
    ]
)

DOES = (
    "Night-shift nurse",
    "Physics teacher",
    "Second-year illustration student",
    "Bus driver",
    "Bookseller",
    "Sound engineer in training",
    "Web developer by day",
    "Father of three",
    "Retired cartographer",
    "Baker, so awake at four",
    "Librarian",
    "Bike mechanic",
    "Translator",
    "Botany student",
    "Works in a museum shop",
    "Part-time lifeguard",
    "Theatre lighting person",
    "Accountant with hobbies",
)

LIKES = (
    "here for {creator} and the people who rewatch it",
    "found {creator} at three in the morning and stayed",
    "fan of anything with a good edit",
    "will defend {creator} in any comment section",
    "subtitles volunteer for {creator}",
    "draws fan art nobody asked for",
    "keeps a spreadsheet of every {creator} upload",
    "slowly making my own first video",
    "mostly lurking, sometimes writing far too much",
    "learning {craft} because of one video",
    "collects channel trailers like stamps",
    "collaboration wishlists are my love language",
    "I time-stamp things so that you do not have to",
    "twelve half-finished scripts and counting",
)

ENDINGS = (
    "Be kind, it is only a video.",
    "Ask me about {series}.",
    "Currently rewatching {series} from the start.",
    "My cat has opinions too.",
    "Recommendations welcome.",
    "No spoilers on upload day, please.",
    "{town}, mostly raining.",
    "Tea first.",
)

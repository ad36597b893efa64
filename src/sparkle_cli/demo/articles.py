"""Posts to read: longer, under headings, some with a list."""

from sparkle_cli.demo.topics import Topic

ARTICLES = (
    Topic(
        kind="ARTICLE",
        titles=(
            "Why “{video}” works: a slow look",
            "The structure of “{video}”, minute by minute",
            "What I learnt from taking “{video}” apart",
        ),
        openings=(
            "I teach editing to people who would rather be filming. Every autumn I show them “{video}”, and every autumn"
            " somebody says: but nothing happens. Then we go through it together.",
            "There are louder videos about {about}. There are few that know so exactly what to leave out.",
        ),
        middles=(
            "The first minute has no title, no greeting and no promise. It has {tool}, a pair of hands and a problem. By the"
            " time anybody speaks you already want to know how it ends.",
            "Around {minute} comes the part that a nervous editor would have cut: {moment}. It is held for so long that you"
            " start to look around in the picture. That is when you notice {bit}.",
            "Listen to it once with your eyes closed. Every location has its own room tone, and the cuts follow the sound, not"
            " the picture. It is the cheapest trick there is, and hardly anybody bothers.",
            "The ending does not explain. It goes back to the very first shot, with one thing changed, and trusts you.",
        ),
        heads=("A beginning without a hello", "Holding the shot", "Cutting on sound", "An ending that trusts you"),
        closings=(
            "Watch it again tonight. Then try to make something of two minutes in which nothing happens, beautifully.",
            "Next month: “{other_video}”, which breaks every one of these rules.",
        ),
        answers=(
            "I had never noticed the sound thing. I have just rewatched it with my eyes shut and you are completely right.",
            "Please turn this into a series.",
            "Showed this to my students, we spent an hour on the first paragraph.",
            "I disagree about the ending! I think it explains exactly one thing too many. But what a good read.",
            "“Somebody says: but nothing happens.” I was that somebody.",
        ),
        tags=("editing", "essay"),
    ),
    Topic(
        kind="ARTICLE",
        titles=(
            "A beginner's guide to {creator}",
            "Everything you need to know before {series}",
            "{creator} in one page, for the newly arrived",
        ),
        openings=(
            "Somebody asks every week, so here it is, as short as I can make it. Corrections in the comments, I keep this up"
            " to date.",
            "You have heard the name, you have seen the fan art, you do not understand the jokes. Welcome.",
        ),
        middles=(
            "It is a channel about {about}, made by two people and a great deal of patience. There is no presenter in the"
            " usual sense; there is {craft}, and there is time.",
            "{series} is the heart of it: one idea an episode, followed until it works or breaks. Usually both.",
            "{bit_cap}. You will see it in your second video, wonder in your third, and wait for it from then on.",
        ),
        heads=("What it is", "The series", "The joke"),
        points=(
            "“{video}”: the one to begin with",
            "“{other_video}”: the one that everybody quotes",
            "Any episode of {series} with {tool} in it",
            "The stream in which {moment} happened live",
        ),
        closings=(
            "That is all. Get a drink, start at the top, and come back with questions.",
            "If you only ever see one of them, make it the first on the list.",
        ),
        answers=(
            "This should be pinned.",
            "As somebody who arrived yesterday: thank you, now I understand a third of the jokes.",
            "I would put the stream first, but I am sentimental.",
            "You forgot the Christmas one! It has {other} in it for eleven seconds!",
            "Correction: three people. The sound is by somebody who refuses to be credited.",
        ),
        tags=("guide",),
    ),
    Topic(
        kind="ARTICLE",
        titles=(
            "I tried {craft} for thirty days",
            "A month of {craft}, because of one video",
            "What thirty days of {craft} did to me",
        ),
        openings=(
            "It began with “{video}” and a sentence I should not have said aloud: how hard can it be?",
            "I had no talent, no plan, and {kit} from a neighbour who wanted the shelf back.",
        ),
        middles=(
            "The first week was pure comedy. Everything that looks calm on screen is a small fight. I learnt to swear in the"
            " order in which things happen.",
            "In the second week I understood why {creator} never hurries. Not because it looks good: because everything I"
            " hurried I did twice.",
            "Then came my own little version of {moment}. Nobody saw it. I sat there and grinned at the wall.",
            "By the end I could do one thing, badly, without looking anything up. I have rarely been so proud.",
        ),
        heads=("Week one: comedy", "Week two: slower", "Week three: the wall", "Week four: one thing"),
        closings=(
            "I am not good at it. I am going on with it. I think that is what the channel was about all along.",
            "If you have been thinking about trying it: do it badly, with somebody, soon.",
        ),
        answers=(
            "“Everything I hurried I did twice” is going on my wall.",
            "Week three got me. I know that wall.",
            "Pictures! We need pictures of the first one and the last one side by side.",
            "You have convinced me. I have ordered {kit}. My partner sends regards.",
            "Does the neighbour have the shelf back?",
        ),
        tags=("thirty-days",),
    ),
    Topic(
        kind="ARTICLE",
        titles=(
            "Report from the {creator} live show in {town}",
            "I was there: {creator} in {town}",
            "One evening, four hundred fans: {creator} live",
        ),
        openings=(
            "I did not think that {about} could fill a theatre. It was sold out, and the queue went round the block.",
            "The doors opened late, it rained, nobody minded. People were comparing homemade badges of {bit}.",
        ),
        middles=(
            "No screens for the first half. Just {tool} on a table, a lamp, and somebody talking quietly about how “{video}”"
            " nearly did not happen.",
            "Then they did {moment}, live, in front of everybody. You could hear four hundred people forgetting to breathe.",
            "In the questions a girl of about nine asked what to do when it does not work. The answer was long and kind, and I"
            " am not going to spoil it.",
        ),
        heads=("Before", "The table and the lamp", "A question"),
        closings=(
            "If they come anywhere near you: go. Take somebody who has never heard of them.",
            "I bought the poster. Of course I bought the poster.",
        ),
        answers=(
            "I was three rows behind you, I think! The badge people!",
            "What was the answer? You cannot do this to us.",
            "Sold out here in nine minutes. I am happy for everyone and also crying.",
            "My husband, who had never heard of them, has now watched all of {series}.",
            "Thank you for writing it down. It is almost like having been there.",
        ),
        tags=("live", "report"),
    ),
    Topic(
        kind="ARTICLE",
        titles=(
            "How we subtitle {series} in nine languages",
            "The volunteers behind the subtitles of {creator}",
            "Subtitling {bit}: notes from the team",
        ),
        openings=(
            "Eleven volunteers, one spreadsheet, and an argument about commas that is older than some of our members.",
            "Captions are how most people I know watch. So a few of us decided to do them properly.",
        ),
        middles=(
            "We get each episode of {series} a day early. Somebody writes down every word, somebody else every sound, and a"
            " third person cuts what nobody can read in time.",
            "The hardest line of the year was in “{video}”: a pun about {craft} that works in exactly one language. The Polish"
            " team found a better one.",
            "We describe sound, too. “(rain, for a long time)” is the caption I am proudest of.",
        ),
        heads=("The relay", "Puns", "Describing sound"),
        points=(
            "Two lines, forty characters, never more",
            "If it matters that it is heard, write it down",
            "Translate the joke, not the words",
            "Leave the silence alone",
        ),
        closings=(
            "We are looking for somebody who knows Turkish and does not mind deadlines. Write to me.",
            "If you have ever wondered who writes “(sighs in {craft})”: hello.",
        ),
        answers=(
            "I am deaf, and your captions are the reason I am here. Thank you, all eleven of you.",
            "“(rain, for a long time)” made me laugh, then cry a little.",
            "Turkish here! I have written to you.",
            "What was the pun?! And what was the Polish one?",
            "Two lines, forty characters: I am going to show this to my whole office.",
        ),
        tags=("subtitles", "behind-the-scenes"),
    ),
    Topic(
        kind="ARTICLE",
        titles=(
            "My year in {creator} fan projects",
            "Five things {creator} fans made this year",
            "A thank-you letter to the {creator} crowd",
        ),
        openings=(
            "I keep a notebook of things that people in this place have made. It is full, so I bought another.",
            "Every December I look back. This year it took the entire evening.",
        ),
        middles=(
            "Somebody built {tool} out of cardboard, at full size, and it works. Somebody else composed a waltz for"
            " {bit}. We had a reading group for videos, which is apparently a thing.",
            "What I liked best was small. A new member asked a shy question about {craft}, and got nineteen answers and a"
            " parcel with {kit} in it.",
            "There was an argument, too, in the spring. It ended with both sides writing the guide together. I would like"
            " more arguments like that.",
        ),
        heads=("What was made", "Small things", "And one argument"),
        points=(
            "The index of every episode of {series}, with timestamps",
            "The playlist for people who cannot sleep",
            "The meet-up in {town} with the leaking roof",
            "The map of where everybody watches from",
        ),
        closings=(
            "Thank you for being odd together. See you in the comments.",
            "Next year I want to be in the notebook as well. I am working on it.",
        ),
        answers=(
            "I was the one with the shy question. The parcel is on my desk.",
            "The waltz is really good! It is in my running playlist.",
            "You forgot to mention that you organised half of this.",
            "The leaking roof! We watched it with umbrellas!",
            "This is my favourite post of the year.",
        ),
        tags=("community",),
    ),
)

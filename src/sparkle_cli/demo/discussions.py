"""Posts to talk about."""

from sparkle_cli.demo.topics import Topic

DISCUSSIONS = (
    Topic(
        kind="DISCUSSION",
        titles=(
            "What got you into {creator}?",
            "Your first {creator} video: confess",
            "How did you end up here? Mine was “{video}”",
        ),
        openings=(
            "I was supposed to be writing an essay. “{video}” autoplayed at one in the morning, and by two I cared about {craft}.",
            "A colleague sent me “{video}” without a word. Just the link. I have not recovered.",
            "My sister put {creator} on during a power cut, on her last nine percent of battery. That is loyalty.",
        ),
        middles=(
            "What got me was {moment}. No music, no face in the corner, just patience.",
            "I had no interest in {about} at all. I now own {kit}, which I have used twice.",
            "I think it was {bit}. A channel that keeps a joke going that long is a channel that likes its viewers.",
        ),
        closings=(
            "So: which one was yours, and how long until you had seen everything?",
            "Tell me your first one, and no pretending it was a cool one.",
            "What would you show somebody who has never heard of them?",
        ),
        answers=(
            "“{video}”, in a waiting room, with the sound off. I watched it again at home with the sound on. Different film.",
            "The trailer. I never watch trailers. {bit_cap} and I was in.",
            "Honestly? The comments. I wanted to know why everybody was shouting about {bit}.",
            "My dad. He does not know what a subscription is, he just types the name every Sunday.",
            "“{other_video}”. I know people say start elsewhere, but it worked on me.",
            "I came from {other} after the joint stream and simply never went back.",
        ),
        tags=("first-video",),
    ),
    Topic(
        kind="DISCUSSION",
        titles=(
            "Dream collaboration: {creator} and {other}",
            "{creator} × {other}: who else wants this?",
            "Hear me out: {creator} in a {other} episode",
        ),
        openings=(
            "Picture it. {creator} tries {other_craft}, {other} tries {craft}, nobody is allowed to help.",
            "I cannot be the only one who thinks {creator} and {other} are making the same channel with different props.",
            "There was that one reply last spring where {other} quoted “{video}”. I have been waiting since.",
        ),
        middles=(
            "One hour, one room, one take. The edit would be a nightmare and I would watch it four times.",
            "They have the same sense of time. Neither of them is afraid of ten seconds in which nothing happens.",
            "Imagine {bit} meeting {other_bit}. It writes itself.",
        ),
        closings=(
            "Who is on your list? Wrong answers welcome.",
            "If you could pick the title, what would it be?",
            "Which two should never, ever be left alone together?",
        ),
        answers=(
            "Title: “We should not have done this”. Thumbnail: both looking left.",
            "I want the behind-the-scenes more than the video.",
            "{other} would finish in ten minutes and {creator} would still be choosing the wood. Metaphorically.",
            "Controversial: keep them apart. Some things are better as a maybe.",
            "Add a third with no experience in either. That is where the comedy is.",
            "They are in the same city next month for the fair. I am just saying.",
        ),
        tags=("collab",),
    ),
    Topic(
        kind="DISCUSSION",
        titles=(
            "“{video}” rewatch: things I only saw the third time",
            "Tiny details in “{video}”",
            "Rewatching “{video}” and I have notes",
        ),
        openings=(
            "Third time through, this time on a big screen. I kept pausing, and my flatmate left the room.",
            "I had it on while cooking and suddenly heard something at {minute} that I had never noticed.",
            "I put it on to fall asleep. I did not fall asleep.",
        ),
        middles=(
            "At {minute} you can see {bit} in the background, a full year before it became the joke.",
            "The cut at {minute} is hidden in a hand movement. I went frame by frame and I still cannot find the join.",
            "{moment_cap} is a single take. You can tell by the light, it moves a little over the wall.",
            "The music drops out just before {moment}. I had always remembered it as silent, it is not.",
        ),
        closings=(
            "What did I miss? Timestamps please.",
            "Post yours with a time, and I will make the list.",
            "I am going in for a fourth. Send snacks.",
        ),
        answers=(
            "{minute}: the calendar on the wall is from another year. Every. Single. Time.",
            "The reflection in the window at {minute}! That is the whole crew.",
            "You can hear somebody laugh off camera at {minute}. It was left in on purpose, they said so in the stream.",
            "How did you see that?! I have watched it ten times.",
            "There is a sticker of {other} on the case. Blink and it is gone.",
            "Adding this to the wiki, with credit. Thank you!",
        ),
        tags=("rewatch", "details"),
    ),
    Topic(
        kind="DISCUSSION",
        titles=(
            "Is {series} better weekly or all at once?",
            "I miss waiting for {series}",
            "Unpopular: {series} should stay fortnightly",
        ),
        openings=(
            "I saved up five episodes of {series} and watched them in one go. Big mistake? I really am not sure.",
            "When {series} was late last month, this place was the most fun it has been all year. Theories everywhere.",
            "Everyone asks for more uploads. I would like to ask for fewer.",
        ),
        middles=(
            "In one go you notice the structure: question, failure, {moment}, answer. It is very well hidden otherwise.",
            "With two weeks between them I actually try things. I learned a bit of {craft} out of sheer impatience.",
            "A creator who is not exhausted makes better videos. That is the entire argument.",
        ),
        closings=(
            "Weekly, fortnightly, or whenever it is done?",
            "How do you watch? Be honest.",
            "Change my mind, politely.",
        ),
        answers=(
            "Whenever it is done. Every time. The one that was rushed is the one nobody quotes.",
            "Weekly keeps the community alive. Look at how quiet it gets in week two.",
            "I save three, make soup, and call it cinema.",
            "As somebody who edits for a living: fortnightly is already fast for that level of polish.",
            "In the last stream they said they are trying every third Friday. Fine by me.",
            "All at once, and then I am sad for a month. I never learn.",
        ),
        tags=("uploads",),
    ),
    Topic(
        kind="DISCUSSION",
        titles=(
            "I drew {bit}",
            "Fan art Friday: {bit}",
            "Made a print of {moment}",
        ),
        openings=(
            "Two evenings, one ruined sheet of paper, and a lot of tea. I had to get {moment} out of my head.",
            "I am not an artist, I fix bicycles. But {bit} lives in my sketchbook now.",
            "Lino cut, two colours, seven attempts. The first six are coasters.",
        ),
        middles=(
            "I used the palette from “{video}”, which turns out to be almost entirely one grey and one orange.",
            "The hard part was {tool}. Nobody tells you how strange it looks from the side.",
            "I tried to keep the composition of the shot at {minute}, but moved the light to the left.",
        ),
        closings=(
            "Happy to share the line art if anybody wants to colour it.",
            "What should I draw next? I am taking requests this week.",
            "Be honest but gentle.",
        ),
        answers=(
            "The expression! You got the expression!",
            "I would put this on my wall, and I have taste. Well, I have walls.",
            "Please send this to {creator}, they read the fan art thread, they really do.",
            "Line art please! My daughter wants to colour it.",
            "The way you did the light is so good. Is that the shot at {minute}?",
            "As a fellow non-artist: this is art.",
        ),
        tags=("fan-art",),
    ),
    Topic(
        kind="DISCUSSION",
        titles=(
            "Meet-up in {town}: who is around?",
            "Watching the premiere together in {town}",
            "Small {creator} get-together, {town}",
        ),
        openings=(
            "There are more of us in {town} than I thought, so: let us watch the next {series} on something larger than a phone.",
            "I asked the café by the river. They have a projector, a back room and excellent cake.",
            "Last time four people came and it was one of my favourite evenings of the year.",
        ),
        middles=(
            "Plan: arrive at seven, rewatch “{video}”, talk over each other, premiere at eight.",
            "Bring something made with your own hands, {craft} preferred, embarrassing results welcome.",
            "No filming unless everybody is fine with it. Kids are welcome until the quiz starts.",
        ),
        closings=(
            "Say hello below so that I know how many chairs to beg for.",
            "If you need a lift from the station, write to me.",
            "Vegetarian snacks are covered. Everything else is a surprise.",
        ),
        answers=(
            "In! I will bring {kit}, for the display table.",
            "Two of us, plus a very quiet dog if that is allowed.",
            "Too far for me this time, but please post a photo of the cake.",
            "I can help with subtitles on the projector, I have the adapter.",
            "First one for me and a bit nervous. Is it alright to come alone?",
            "Yes!! I still talk about last time.",
        ),
        tags=("meet-up",),
    ),
    Topic(
        kind="DISCUSSION",
        titles=(
            "{creator} just passed a million and said nothing",
            "{creator}: the quietest million on the platform",
            "A million people like {about}. Apparently",
        ),
        openings=(
            "No cake, no countdown, no trophy on the shelf. The counter simply rolled over in the middle of a {series} upload.",
            "I refreshed at the right moment by accident: 999,998, then a million and eleven.",
            "I remember when “{video}” had four hundred views and two of them were me.",
        ),
        middles=(
            "In the pinned comment there was only: “Thanks. Next one is about {craft}.” I love this channel.",
            "What I like is that nothing changed. The same room, the same jumper, and still {bit}.",
            "People say you have to shout to be found. Ten years of {moment} say otherwise.",
        ),
        closings=(
            "How long have you been here? I want to hear from the old guard and from yesterday's arrivals.",
            "What should the million special be, if there ever is one?",
            "Raise a cup. Then back to work, as they would say.",
        ),
        answers=(
            "Since the days of the bad microphone! I miss it a little.",
            "Yesterday! Hello! I have seen thirty videos since!",
            "Million special: four hours of {moment}. No commentary.",
            "They deserve every single one.",
            "I work in a school, and half the staff room watches. That is at least nine of the million.",
            "The pinned comment made me laugh out loud on the tram.",
        ),
        tags=("milestone",),
    ),
    Topic(
        kind="DISCUSSION",
        titles=(
            "Sponsor segments done right: {creator}",
            "{creator} made the only sponsor segment I have ever rewound",
            "Can we talk about how {creator} does sponsors?",
        ),
        openings=(
            "Ninety seconds, clearly labelled, and it had a plot. I rewound it. I rewound an advert.",
            "I usually skip the moment somebody says “speaking of which”. Not here.",
            "{creator} turned down a gambling sponsor last year and said so. I have trusted the others since.",
        ),
        middles=(
            "It helps that {bit} is in all of them. At this point it should get a fee.",
            "They only take things they used in {series} anyway. You can check, it is on screen.",
            "Put it at {minute}, after the interesting part has started and before the payoff. That is respect for both sides.",
        ),
        closings=(
            "Who else does it well? I would like to reward good behaviour.",
            "Where is your line, as viewers? And as creators?",
            "Is it odd to have a favourite advert?",
        ),
        answers=(
            "My line is anything with odds. After that I will happily watch a bad pun about a mattress.",
            "{other} does them as a tiny silent film. Highly recommended.",
            "Labels at the start, always. If I have to guess, I leave.",
            "As a small channel: one honest sponsor paid for my microphone. It matters.",
            "Not odd. I know that one by heart.",
            "I skip them all, and then tip. Feels fair to me.",
        ),
        tags=("sponsors",),
    ),
)

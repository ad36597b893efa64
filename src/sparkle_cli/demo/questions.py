"""Posts that ask something; each topic's first answer is the one its author accepts."""

from sparkle_cli.demo.topics import Topic

QUESTIONS = (
    Topic(
        kind="QUESTION",
        titles=(
            "In what order should I watch {series}?",
            "Where do I start with {creator}?",
            "New here: is there a watch order for {series}?",
        ),
        openings=(
            "A friend keeps quoting {creator} at me and I have given in. There are a lot of videos.",
            "I have one free weekend and I want to understand the jokes in here.",
        ),
        middles=(
            "Is upload order fine, or does {series} have a better beginning?",
            "I have only seen “{video}” so far, out of context, and I liked it very much.",
            "Do I need anything else first to understand {bit}?",
        ),
        closings=("Thank you, from the back of the class.", "Spoilers are fine, I forget everything anyway."),
        answers=(
            "Start with “{video}”, then “{other_video}”, then {series} in upload order. The early ones make more sense once"
            " you know where it is going. Two evenings, comfortably.",
            "Upload order. You will see the sound get better and it is strangely moving.",
            "Skip the first three, come back to them when you are already in love.",
            "There is a list in the wiki, with how long each is. I made it on a train.",
            "Any order at all, except “{other_video}”. Keep that for a bad day.",
        ),
        tags=("watch-order",),
    ),
    Topic(
        kind="QUESTION",
        titles=(
            "How was the shot at {minute} in “{video}” done?",
            "“{video}”, {minute}: practical or edited?",
            "Can an editor explain {minute} of “{video}” to me?",
        ),
        openings=(
            "I have gone through it frame by frame, and my family would like me to stop.",
            "For a school project I am trying to rebuild {moment} and I am stuck.",
        ),
        middles=(
            "There is no visible cut, the light stays the same, and yet the clock on the wall jumps.",
            "My guess is a whip pan with a hidden join, but the grain does not change.",
            "I tried it with my phone and a tripod made of books. It looks nothing like it.",
        ),
        closings=("Any idea where to begin?", "Even a search term would help."),
        answers=(
            "It is a locked-off camera and two takes joined along the edge of the table. You shoot both with the exposure"
            " fixed, then wipe exactly where nothing moves. The grain gives you away only if the two takes are far apart.",
            "They showed it in a stream: two takes, one mask, lots of swearing.",
            "Fix your white balance first! Half of “it looks wrong” is the camera helping.",
            "Search for “split screen clone effect”, the maths is the same.",
            "No idea, but now I cannot unsee the clock. Thanks for that.",
        ),
        tags=("editing",),
    ),
    Topic(
        kind="QUESTION",
        titles=(
            "Starting out with {craft}: what do I really need?",
            "Beginner kit for {craft}, without spending a fortune?",
            "{creator} made me want to try {craft}. Now what?",
        ),
        openings=(
            "After “{video}” I said out loud, in front of witnesses, that I would try it.",
            "I have a kitchen table, two free evenings a week and very little money.",
        ),
        middles=(
            "Everybody in the comments has {kit}, and I have a ruler and hope.",
            "I do not want to buy things twice, but I do not want to buy things I may never use either.",
            "{tool_cap} looks essential, or is that only because it looks good on camera?",
        ),
        closings=("What did you start with?", "And what turned out to be a waste of money?"),
        answers=(
            "Borrow first. Nearly every town has a club or a library of things. Then buy exactly one good tool and learn it"
            " properly: {kit} if you can get it second-hand. Everything else can wait until you miss it.",
            "The cheapest of everything, once. Replace whatever breaks first with a good one. That is your list.",
            "Time. The thing you need is time, and somebody to laugh with.",
            "I started with what was in the drawer, exactly like the third episode of {series}.",
            "Do not buy {tool}. It is lovely. You do not need it. I own two.",
        ),
        tags=("beginners",),
    ),
    Topic(
        kind="QUESTION",
        titles=(
            "What is the music at {minute} in “{video}”?",
            "Song in “{video}” around {minute}?",
            "Help me find a tune from {series}",
        ),
        openings=(
            "It has been in my head since Tuesday and I need to know.",
            "The app says “no result”, and humming it to my colleagues did not help my reputation.",
        ),
        middles=(
            "Slow, a little out of tune, maybe a piano with felt in it. It stops just before {moment}.",
            "It is not in the description, and the credits at the end only list the sound effects.",
        ),
        closings=("Somebody here knows. Somebody always knows.", "I will owe you a cake."),
        answers=(
            "It has no title: they recorded it themselves for {series}, on the piano in the community centre. Somebody asked"
            " in the stream in March and the answer was “one day, as an album”.",
            "Sounds like the one from “{other_video}”, only slower.",
            "I transcribed it! Four chords, then it simply stops. I can send you the notes.",
            "No idea, but I have it in my head now as well. Cheers.",
        ),
        tags=("music",),
    ),
    Topic(
        kind="QUESTION",
        titles=(
            "How do you keep up with {creator} without notifications?",
            "200 subscriptions, and I missed {series}: how do you not drown?",
            "A sane way to follow {creator}, {other} and the rest?",
        ),
        openings=(
            "I switched notifications off for a week and it was lovely, until I missed the premiere of {series}.",
            "My subscription feed is a river and I am a small duck.",
        ),
        middles=(
            "I would like to see the ten channels I love and nothing else, once a day, in the order they came out.",
            "Playlists fill up faster than I can watch. There are 340 videos in “later”. There is no later.",
        ),
        closings=("What works for you?", "Low-tech answers welcome."),
        answers=(
            "A feed reader. Every channel has a feed, put your ten in there and read it with your coffee. No counters, no"
            " recommendations, and you will never miss {series} again.",
            "Paper list on the fridge. I am not joking. Ticking things off is half of the fun.",
            "I only ever watch on Sundays. Whatever has scrolled away by then was not for me.",
            "Deleting “later” was the best decision of my year. If it is good somebody here will tell me.",
            "I follow this place instead. You lot are my notifications.",
        ),
        tags=("tips",),
    ),
    Topic(
        kind="QUESTION",
        titles=(
            "First upload next week, about {craft}: is my plan too much?",
            "Thinking of making a channel about {craft}: honest thoughts?",
            "Small {craft} channels of this place: what would you do differently?",
        ),
        openings=(
            "Nobody knows yet except my sister and now all of you.",
            "I have written six scripts. I have recorded none. {creator} makes it look so calm.",
        ),
        middles=(
            "The plan: eight minutes, one take, no music, about the week I tried to learn {craft}.",
            "I have a phone, daylight until four, and a neighbour who practises the trombone.",
            "I keep re-recording the first thirty seconds. I can recite them in my sleep.",
        ),
        closings=("Too much? Too little?", "What do you wish somebody had told you?"),
        answers=(
            "Publish the second one first. Make two, throw the first away, and put the second up: you will have learnt more"
            " between them than in a month of planning. And leave the trombone in: every good channel needs one.",
            "Sound before picture. Put the phone under a blanket with you if you have to.",
            "Nobody will see the first ten, and that is a gift. Use it.",
            "Eight minutes is a lot for a first one. Try three. You can always come back for the rest.",
            "Post the link here when it is up, we are a kind audience.",
        ),
        tags=("small-creators",),
    ),
    Topic(
        kind="QUESTION",
        titles=(
            "Is “{other_video}” gone, or is it just me?",
            "Cannot find “{other_video}” any more",
            "Was “{other_video}” renamed?",
        ),
        openings=(
            "I wanted to show it to my class today, and the link in my notes leads nowhere.",
            "It used to be right after “{video}” in the playlist, I am sure of it.",
        ),
        middles=(
            "Search only gives me reaction videos, and the wiki still links to the old address.",
            "I know {creator} sometimes takes things down to fix the subtitles.",
        ),
        closings=("Does anybody know more?", "If it is gone for good I need a minute."),
        answers=(
            "Still there, only unlisted while the subtitles are redone: the community post from Monday says so. It should be"
            " back by the weekend, and with three new languages.",
            "Same here. I thought I had dreamt it.",
            "It is in the {series} playlist, at the very end, under the working title.",
            "For me it opens without a problem. Perhaps it is the region?",
        ),
        tags=("help",),
    ),
)

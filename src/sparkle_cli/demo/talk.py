"""What is said under any post: comments, replies to them, and what moderators are for."""

COMMENTS = (
    "Came for {creator}, stayed for this thread.",
    "Bookmarked. This is exactly the kind of thing I open this place for.",
    "My favourite part is still {moment}.",
    "Reading this on the bus and missed my stop. Worth it.",
    "I have nothing clever to add, I only wanted to say that I enjoyed this.",
    "You put into words what I have been trying to say since “{video}”.",
    "Is it just me, or has {series} been extra good lately?",
    "Sending this to my brother, who claims that {about} is boring.",
    "I laughed at {bit}, loudly, in a library.",
    "Okay, now I have to watch “{other_video}” again.",
    "Half agree! I would say the same about {other}, though.",
    "The mods should frame this.",
    "I had the opposite experience, and that is what makes it interesting.",
    "Saving this for the weekend, with tea.",
    "First comment in here after a year of reading. Hello!",
    "More of this, please.",
    "I showed it to my mum. She has questions. So do I.",
    "This made my Monday.",
    "Small correction: it is {minute}, I checked. Sorry. I am like this.",
    "I think we all know who would win between {creator} and {other}. (It is the dog.)",
    "Somebody give this person a cup of tea.",
    "Saw that one live, and it was even odder than you describe.",
    "The amount of care in this. Wow.",
    "I tried that as well, and my kitchen has forgiven me by now.",
)

REPLIES = (
    "{name}, exactly this.",
    "Ha, same here!",
    "I had not thought of it like that. Thanks, {name}.",
    "Respectfully: no. But I like the way you put it.",
    "You two should make a podcast.",
    "Do you have a link? I can only find the short version.",
    "I looked it up: {name} is right, it is at {minute}.",
    "This is the answer.",
    "+1, and I would add {moment}.",
    "Wait, really? I have to go and check.",
    "Came back a day later to say: you were right.",
    "I am stealing that sentence, {name}.",
    "It gets better, watch it to the end.",
    "Counterpoint: {bit}.",
    "We need a thread just for this.",
    "Hi {name}, welcome! You picked a good one to begin with.",
    "Nobody has ever said it better, {name}.",
    "I have to disagree about “{video}”, but you had me until then.",
    "{name}, I think we watched different videos, and I want to see yours.",
    "Came here to write this. Found it written. Thank you.",
    "Can confirm, I was there.",
    "Tell me more about that part at {minute}?",
    "See you at the next {series}, {name}!",
    "My mother would like a word with you, {name}. She agrees.",
)

ANSWER_REPLIES = (
    "Thank you so much, that was it!",
    "That is the clearest explanation I have read. Thanks, {name}!",
    "Trying this tonight. I will report back.",
    "Works! You have saved my weekend.",
    "Accepted, and printed, and put on the fridge. Thanks, {name}.",
    "I would never have found that on my own.",
    "Oh! So simple. Thank you, {name}, and thank you everybody else as well.",
    "You have just been named in my will.",
)

TAILS = (
    "Greetings from {home}.",
    "Also, hello from {home}, where it is raining.",
    "Just my two cents.",
    "But I am biased, I have seen “{video}” far too often.",
    "Back to “{other_video}” for me now.",
    "And yes, I know how that sounds.",
    "I could talk about {about} all day.",
    "My flatmate agrees, for once.",
    "Somebody tell {creator}.",
    "Now I want a {series} mug.",
    "There, I said it.",
    "Ask me again after the next {series}.",
    "I will see myself out.",
    "Sorry for the long comment!",
    "(Typed on a train, excuse the typos.)",
    "Edit: somebody asked, I meant the part at {minute}.",
    "And {other} should take notes.",
    "Anyway: lovely post.",
    "It made me think of {moment}.",
    "Would love to hear what the others think.",
)
"""What is sometimes added to a comment."""

SPAM = (
    "Buy followers cheap!! 10k in one night, write to me",
    "Free followers for the first 50 people, guaranteed profit for your channel",
    "I made 3,000 this week, work from home and earn like me, ask me how",
)
"""What the default rules hold for moderators."""

RUDE = (
    "Nobody asked. You have no idea what you are talking about, delete this.",
    "Imagine caring this much about a video. Sad.",
    "Worst take on this whole site, and you people clap for it.",
)

REPORT_NOTES = {
    "SPAM": ("The same text is under three other posts.", "Sells followers."),
    "HARASSMENT": ("This is the second time, to the same person.", "Uncalled for, they only posted a drawing."),
}

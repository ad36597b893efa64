"""THE table: every request of the application and the place it has under `/api/v1`."""

from sparkle_core.application import accounts, content, economy, moderation, notifications, progression, upkeep
from sparkle_web.table import Row, command, query

ROWS: tuple[Row, ...] = (
    # joining and sessions
    command("POST", "/sign-up", accounts.SignUp, status=202, says="check_your_mail"),
    command("POST", "/email/verification", accounts.VerifyEmail),
    command("POST", "/email/code", accounts.RequestEmailCode, status=202, says="check_your_mail"),
    command("POST", "/sessions", accounts.LogIn, status=201),
    command("DELETE", "/sessions/current", accounts.LogOut),
    # people
    query("GET", "/me", accounts.MyProfile),
    command("PATCH", "/me", accounts.EditProfile),
    command("DELETE", "/me", accounts.DeleteAccount),
    query("GET", "/people", accounts.SearchPeople),
    query("GET", "/people/{username}", accounts.PublicProfile),
    command("PUT", "/users/{user_id}/status", accounts.ChangeStatus),
    command("PUT", "/users/{user_id}/role", accounts.ChangeRole),
    query("GET", "/me/notifications", notifications.MyNotifications),
    query("GET", "/me/notification-preferences", notifications.MyNotificationPreferences),
    command("PUT", "/me/notification-preferences", notifications.MuteNotifications),
    command("POST", "/me/notifications/{notification_id}/read", notifications.ReadNotification),
    # content
    query("GET", "/posts", content.LatestPosts),
    command("POST", "/posts", content.PublishPost, status=201, location="/posts/{id}"),
    query("GET", "/posts/{post_id}", content.PostById),
    command("PATCH", "/posts/{post_id}", content.EditPost),
    command("DELETE", "/posts/{post_id}", content.DeletePost),
    command("PUT", "/posts/{post_id}/accepted-answer", content.AcceptAnswer),
    query("GET", "/posts/{post_id}/comments", content.CommentsOf),
    command("POST", "/posts/{post_id}/comments", content.Comment, status=201),
    command("PATCH", "/comments/{comment_id}", content.EditComment),
    command("DELETE", "/comments/{comment_id}", content.DeleteComment),
    command("PUT", "/content/{target_id}/reactions/{reaction}", content.React),
    command("DELETE", "/content/{target_id}/reactions/{reaction}", content.Unreact),
    # moderation
    command("POST", "/reports", moderation.ReportContent, status=201),
    query("GET", "/me/decisions", moderation.MyDecisions),
    query("GET", "/decisions/{decision_id}", moderation.DecisionById),
    command("POST", "/decisions/{decision_id}/appeal", moderation.Appeal, status=201),
    command("DELETE", "/appeals/{appeal_id}", moderation.WithdrawAppeal),
    query("GET", "/moderation/cases", moderation.OpenCases),
    query("GET", "/moderation/cases/{case_id}", moderation.CaseById),
    command("POST", "/moderation/cases/{case_id}/claim", moderation.ClaimCase),
    command("POST", "/moderation/cases/{case_id}/decision", moderation.Decide, status=201),
    query("GET", "/moderation/appeals", moderation.OpenAppeals),
    command("POST", "/moderation/appeals/{appeal_id}/decision", moderation.DecideAppeal),
    # progression
    query("GET", "/users/{user_id}/progress", progression.ProgressOf),
    query("GET", "/users/{user_id}/xp", progression.XpHistory),
    command("POST", "/users/{user_id}/xp", progression.AwardXp),
    command("POST", "/users/{user_id}/xp/reversals", progression.ReverseXp),
    query("GET", "/levels", progression.LevelTable),
    # economy
    command("POST", "/tips", economy.SendTip, status=201),
    query("GET", "/users/{user_id}/wallet", economy.BalanceOf),
    query("GET", "/users/{user_id}/wallet/entries", economy.Statement),
    command("POST", "/users/{user_id}/wallet/freeze", economy.FreezeWallet),
    command("POST", "/users/{user_id}/wallet/unfreeze", economy.UnfreezeWallet),
    command("POST", "/reversals", economy.ReverseTransfer, status=201),
    query("GET", "/ledger/proof", economy.ProveLedger),
    # store and inventories
    query("GET", "/items", economy.Catalogue),
    command("POST", "/items", economy.CreateItem, status=201, location="/items/{id}"),
    query("GET", "/items/{item_id}", economy.ItemById),
    command("PUT", "/items/{item_id}", economy.ChangeItem),
    command("POST", "/items/{item_id}/purchases", economy.BuyItem, status=201),
    query("GET", "/me/purchases", economy.MyPurchases),
    command("POST", "/purchases/{purchase_id}/refund", economy.RefundPurchase),
    query("GET", "/users/{user_id}/inventory", economy.Inventory),
    query("GET", "/me/boosts", economy.MyBoosts),
    command("POST", "/things/{thing_id}/equip", economy.EquipThing),
    command("POST", "/things/{thing_id}/unequip", economy.UnequipThing),
    command("POST", "/things/{thing_id}/consume", economy.ConsumeThing),
    # trading
    query("GET", "/me/offers", economy.MyOffers),
    command("POST", "/offers", economy.MakeOffer, status=201, location="/offers/{id}"),
    query("GET", "/offers/{offer_id}", economy.OfferById),
    command("POST", "/offers/{offer_id}/counter", economy.CounterOffer, status=201, location="/offers/{id}"),
    command("POST", "/offers/{offer_id}/accept", economy.AcceptOffer),
    command("POST", "/offers/{offer_id}/decline", economy.DeclineOffer),
    command("POST", "/offers/{offer_id}/cancel", economy.CancelOffer),
)

_THE_WORKER = "the worker runs it, in the system's name"

NOT_ROUTED: dict[type, str] = {
    accounts.Register: "says whether an address is taken; over HTTP, SignUp takes its place",
    accounts.Authenticate: "every call with a token does it",
    accounts.CompleteSignUp: _THE_WORKER,
    accounts.MailEmailCode: _THE_WORKER,
    accounts.PayReferral: _THE_WORKER,
    economy.ExpireThing: _THE_WORKER,
    economy.ExpireOffer: _THE_WORKER,
    economy.ReturnTrades: _THE_WORKER,
    upkeep.TidyUp: _THE_WORKER,
    upkeep.ExpireHolds: _THE_WORKER,
    notifications.Tell: _THE_WORKER,
}
"""Requests that have no row, each with the reason."""

package dev.stampede.console;

import io.quarkus.qute.i18n.Message;
import io.quarkus.qute.i18n.MessageBundle;

/** What pages say, in English; {@code messages/c_de.properties} has it in German. */
@MessageBundle("c")
public interface Words {
    @Message("Action")
    String action();

    @Message("Actions")
    String actions();

    @Message("new")
    String added();

    @Message("Give or take points")
    String adjust();

    @Message("on {number} days in a row")
    String afterDays(Object number);

    @Message("in {number} months in a row")
    String afterMonths(Object number);

    @Message("each {number} purchases")
    String afterPurchases(Object number);

    @Message("each {number} units")
    String afterUnits(Object number);

    @Message("in {number} weeks in a row")
    String afterWeeks(Object number);

    @Message("All")
    String all();

    @Message("All of it")
    String allOfIt();

    @Message("Take also what is not there: it becomes a debt")
    String allowDebt();

    @Message("always")
    String always();

    @Message("Amount")
    String amount();

    @Message("and")
    String and();

    @Message("Answer p99, ms")
    String answerTime();

    @Message("API key")
    String apiKey();

    @Message("It goes to this gateway only. The browser keeps no more than a session that ends after "
            + "eight hours without use.")
    String apiKeyNote();

    @Message("As of {time}, version {version}")
    String asOf(String time, Object version);

    @Message("The last ten seconds as a table")
    String asTable();

    @Message("at least {points}")
    String atLeastPoints(String points);

    @Message("at most {points} {per}")
    String atMostPoints(String points, String per);

    @Message("at most {times} times {per}")
    String atMostTimes(String times, String per);

    @Message("Attributes")
    String attributes();

    @Message("Available")
    String available();

    @Message("Available from")
    String availableFrom();

    @Message("Back")
    String back();

    @Message("Balance")
    String balance();

    @Message("then {points} available")
    String balanceThen(String points);

    @Message("Beside version {version}, which is in force")
    String besideInForce(Object version);

    @Message("{#switch what}{#case 'available'}available{#case 'pending'}pending{#case 'held'}on "
            + "hold{#else}{what}{/switch}")
    String bucket(String what);

    @Message("Budget")
    String budget();

    @Message("Budgets and stock")
    String budgets();

    @Message("by {day}")
    String by(String day);

    @Message("By month of expiry")
    String byMonth();

    @Message("can be had")
    String canBeHad();

    @Message("cannot be had: {why}")
    String cannotBeHad(String why);

    @Message("Channel")
    String channel();

    @Message("Check")
    String check();

    @Message("Close")
    String close();

    @Message("Close for ever")
    String closeAccount();

    @Message("Nothing undoes it.")
    String closeNote();

    @Message("Code")
    String code();

    @Message("The code has ended before a till has used it. Pair again.")
    String codeIsOver();

    @Message("Look a code up")
    String codeLookUp();

    @Message("{#switch what}{#case 'valid'}valid{#case 'used'}used{#case 'expired'}expired{#case "
            + "'cancelled'}cancelled{#else}{what}{/switch}")
    String codeState(String what);

    @Message("As plain text, for a complaint")
    String complaint();

    @Message("Copy")
    String copy();

    @Message("Cost")
    String cost();

    @Message("{#switch what}{#case 'points'}points{#case 'uses'}uses{#case " + "'stock'}stock{#else}{what}{/switch}")
    String countedAs(String what);

    @Message("Counts")
    String counts();

    @Message("Make a key")
    String createKey();

    @Message("Currency")
    String currency();

    @Message("Debt")
    String debt();

    @Message("Declined")
    String declined();

    @Message("Declined, last minute")
    String declinedShare();

    @Message("Differences")
    String differences();

    @Message("Do it")
    String doIt();

    @Message("Document")
    String document();

    @Message("By")
    String doneBy();

    @Message("down")
    String down();

    @Message("Draft")
    String draft();

    @Message("The newest version, to be changed. Check says what is wrong and what is different, and "
            + "publishes nothing.")
    String draftNote();

    @Message("Each lot")
    String eachLot();

    @Message("Earned")
    String earned();

    @Message("Points earned, last minute")
    String earnedAMinute();

    @Message("(end the grant)")
    String endGrant();

    @Message("Movements of points")
    String entries();

    @Message("Expires")
    String expires();

    @Message("Points count for {days} days.")
    String expiresDays(Object days);

    @Message("Points count for {months} months, to the end of that month.")
    String expiresEndOfMonth(Object months);

    @Message("Points count for {months} months, to the end of that quarter.")
    String expiresEndOfQuarter(Object months);

    @Message("Points count for {months} months, to the end of that year.")
    String expiresEndOfYear(Object months);

    @Message("Points expire {months} months after the last activity.")
    String expiresInactivity(Object months);

    @Message("Points count for {months} months.")
    String expiresMonths(Object months);

    @Message("Points never expire.")
    String expiresNever();

    @Message("Findings")
    String findings();

    @Message("Forfeit the points that are left")
    String forfeit();

    @Message("{#switch what}{#case 'account'}The account{#case 'operation'}An operation{#case "
            + "'key'}The Idempotency-Key{#case 'reference'}The reference{#case 'code'}The code of a "
            + "reward{#else}{what}{/switch}")
    String found(String what);

    @Message("Freeze")
    String freeze();

    @Message("from the budget {budget}")
    String fromBudget(String budget);

    @Message("Gateways that spoke, of all")
    String gateways();

    @Message("Gifts")
    String gifts();

    @Message("{count} x {reward} as a gift")
    String giveGift(Object count, String reward);

    @Message("{points}")
    String givePoints(String points);

    @Message("{times} times the base")
    String giveTimes(String times);

    @Message("completed {times} times")
    String givenTimes(Object times);

    @Message("gone")
    String gone();

    @Message("Points that come back count for {days} more days at least.")
    String graceOf(Object days);

    @Message("Grant a tier")
    String grant();

    @Message("granted by hand")
    String granted();

    @Message("On hold")
    String held();

    @Message("Close")
    String helpEscape();

    @Message("This help")
    String helpHelp();

    @Message("Search")
    String helpSearch();

    @Message("History")
    String history();

    @Message("Hold")
    String hold();

    @Message("Open holds")
    String holds();

    @Message("In")
    String in();

    @Message("in force")
    String inForce();

    @Message("In force since")
    String inForceSince();

    @Message("in steps of {step}")
    String inSteps(String step);

    @Message("Done.")
    String isDone();

    @Message("Is version {version}, in force from {time}.")
    String isVersion(Object version, String time);

    @Message("Items (JSON)")
    String itemsJson();

    @Message("This is the only time that the key is told:")
    String keyOnce();

    @Message("This key is not valid here.")
    String keyRefused();

    @Message("{#switch what}{#case 'active'}active{#case 'rotating'}rotating{#case "
            + "'expired'}expired{#case 'revoked'}revoked{#else}{what}{/switch}")
    String keyState(String what);

    @Message("Keyboard")
    String keyboard();

    @Message("Tills and keys")
    String keys();

    @Message("The gateway does not know now which keys are valid. Try again later.")
    String keysStale();

    @Message("{#switch what}{#case 'enrol'}Joined{#case 'earn'}Earn{#case 'redeem'}Redeem{#case "
            + "'hold'}Hold{#case 'capture'}Capture{#case 'void'}Void{#case 'reverse'}Reversal{#case "
            + "'lapse'}By time{#case 'freeze'}Freeze{#case 'unfreeze'}Unfreeze{#case "
            + "'adjust'}Adjustment{#case 'close'}Close{#case 'grant'}Grant{#else}{what}{/switch}")
    String kind(String what);

    @Message("Kind")
    String kindOf();

    @Message("Last day")
    String lastDay();

    @Message("Last used")
    String lastUsed();

    @Message("Left")
    String left();

    @Message("Ever earned")
    String lifetime();

    @Message("earning:")
    String limitEarn();

    @Message("paying:")
    String limitRedeem();

    @Message("line")
    String line();

    @Message("Live")
    String live();

    @Message("This page is for keys of all programmes.")
    String liveOfAll();

    @Message("Look up")
    String lookUp();

    @Message("Points that never expire")
    String lotForever();

    @Message("Life of a lot")
    String lotLife();

    @Message("Of the last 200 operations. There are older ones.")
    String lotNote();

    @Message("Points that expire on {day}")
    String lotOf(String day);

    @Message("No connection to the gateway. What is shown may be old.")
    String lost();

    @Message("Points by expiry")
    String lots();

    @Message("Member")
    String member();

    @Message("Members")
    String members();

    @Message("{number} {measure} to {tier}")
    String missing(String number, String measure, String tier);

    @Message("Name")
    String name();

    @Message("This key may only read: actions need the scope adjust.")
    String needsAdjust();

    @Message("never")
    String never();

    @Message("{points} more for {reward}")
    String nextReward(String points, String reward);

    @Message("No promotion with a budget runs now.")
    String noBudgetRuns();

    @Message("No budget, and no reward with a stock. Both are part of the programme's document: "
            + "\"budgets\", and \"stock\" of a reward.")
    String noBudgets();

    @Message("No difference.")
    String noDifference();

    @Message("No open hold.")
    String noHolds();

    @Message("No key here. Make one below, or pair a till.")
    String noKeys();

    @Message("No points.")
    String noLots();

    @Message("Nothing moved these points in the operations of this page.")
    String noMoves();

    @Message("No operation here yet. The first earn of a till appears by itself.")
    String noOperations();

    @Message("There is no programme yet. The first step: publish its document, with POST /v1/programs, "
            + "or start the gateway with stampede.examples=true.")
    String noProgrammes();

    @Message("No promotion yet. Add one to the list \"promotions\" of the draft, on the page of the programme.")
    String noPromotions();

    @Message("No reward yet. Add one to the list \"rewards\" of the draft, on the page of the programme.")
    String noRewards();

    @Message("Only what gave or cost something is known of this operation.")
    String notComplete();

    @Message("Nothing found for \"{what}\".")
    String nothingFound(String what);

    @Message("articles {list}")
    String ofArticles(String list);

    @Message("{name}: {values}")
    String ofAttribute(String name, String values);

    @Message("categories {list}")
    String ofCategories(String list);

    @Message("at least {number} units")
    String ofQuantity(Object number);

    @Message("Older")
    String older();

    @Message("for the action {action}")
    String onAction(String action);

    @Message("for joining")
    String onEnrol();

    @Message("for a purchase")
    String onPurchase();

    @Message("for reaching {tier}")
    String onTier(String tier);

    @Message("only as a gift")
    String onlyAsGift();

    @Message("Operation")
    String operation();

    @Message("Operations per second")
    String operationsPerSecond();

    @Message("or")
    String or();

    @Message("or a tier")
    String orTier();

    @Message("Out")
    String out();

    @Message("Outcome")
    String outcome();

    @Message("Pages")
    String pages();

    @Message("Paid by")
    String paidBy();

    @Message("Pair a till")
    String pair();

    @Message("Type this at the till:")
    String pairCode();

    @Message("The till has its key.")
    String paired();

    @Message("Pause")
    String pause();

    @Message("Pending")
    String pending();

    @Message("They are available after {days} days.")
    String pendingFor(Object days);

    @Message("{#switch what}{#case 'OPERATION'}per operation{#case 'DAY'}per day{#case 'WEEK'}per "
            + "week{#case 'MONTH'}per month{#case 'YEAR'}per year{#case 'BIRTHDAY'}from birthday to "
            + "birthday{#case 'PROMOTION'}in all{#else}{what}{/switch}")
    String per(String what);

    @Message("Calls per second")
    String perSecond();

    @Message("Points")
    String points();

    @Message("nothing, and outside of all else")
    String pointsNone();

    @Message("Points (empty: all that is left)")
    String pointsOrAll();

    @Message("{points} per {per}")
    String pointsPer(String points, String per);

    @Message("{points} per purchase")
    String pointsPerPurchase(String points);

    @Message("{points} per {units} units")
    String pointsPerUnits(String points, String units);

    @Message("{points} per whole {per}")
    String pointsPerWhole(String points, String per);

    @Message("Points (below 0: take)")
    String pointsToGive();

    @Message("Programme")
    String programme();

    @Message("Programmes")
    String programmes();

    @Message("Stamp cards and streaks")
    String progress();

    @Message("Promotions")
    String promotions();

    @Message("Publish")
    String publish();

    @Message("Published")
    String published();

    @Message("Reason")
    String reason();

    @Message("Redeemed")
    String redeemed();

    @Message("Points redeemed, last minute")
    String redeemedAMinute();

    @Message("Reference")
    String reference();

    @Message("429, 503 and errors")
    String refusedPerSecond();

    @Message("Release")
    String release();

    @Message("Note")
    String remark();

    @Message("replaced")
    String replaced();

    @Message("Request")
    String request();

    @Message("Reverse")
    String reverse();

    @Message("Revoke")
    String revoke();

    @Message("Revoke {name} for ever")
    String revokeForEver(String name);

    @Message("Reward")
    String reward();

    @Message("Rewards")
    String rewards();

    @Message("Rotate")
    String rotate();

    @Message("A new secret; the present one is valid for seven more days")
    String rotateNote();

    @Message("Rules")
    String rules();

    @Message("Earning")
    String rulesEarn();

    @Message("Limits")
    String rulesLimits();

    @Message("Points")
    String rulesPoints();

    @Message("Paying with points")
    String rulesRedeem();

    @Message("Tiers")
    String rulesTiers();

    @Message("The rules are those of version {version}, which is in force.")
    String sameAsInForce(Object version);

    @Message("Sandbox, {time}")
    String sandbox(String time);

    @Message("scheduled")
    String scheduled();

    @Message("May")
    String scopes();

    @Message("Answers and seal")
    String sealChart();

    @Message("Seal lag p99, ms")
    String sealLag();

    @Message("Waiting for the seal")
    String sealQueue();

    @Message("Search")
    String search();

    @Message("Type an account, an operation, an Idempotency-Key, a receipt's reference or a reward's "
            + "code into the search box. Press / to get there.")
    String searchFirst();

    @Message("Account, operation, key, receipt ...")
    String searchHint();

    @Message("Share")
    String share();

    @Message("Show")
    String show();

    @Message("Show the call")
    String showCurl();

    @Message("Sign in")
    String signIn();

    @Message("Sign out")
    String signOut();

    @Message("Key")
    String signedIn();

    @Message("Skip to the content")
    String skip();

    @Message("Time")
    String span();

    @Message("Only spending")
    String spendingOnly();

    @Message("State")
    String state();

    @Message("{#switch what}{#case 'open'}open{#case 'frozen'}frozen{#case 'spending_frozen'}spending "
            + "frozen{#case 'closed'}closed{#else}{what}{/switch}")
    String status(String what);

    @Message("Stock")
    String stock();

    @Message("{number} pieces")
    String stockOf(String number);

    @Message("Store")
    String store();

    @Message("Takes effect")
    String takesEffect();

    @Message("Text for the member")
    String textForMember();

    @Message("The call")
    String theCall();

    @Message("then {tier}")
    String thenTier(String tier);

    @Message("Tier")
    String tier();

    @Message("everybody")
    String tierFirst();

    @Message("only granted by hand")
    String tierGranted();

    @Message("the base times {times}")
    String tierMultiplies(String times);

    @Message("from {thresholds}")
    String tierReached(String thresholds);

    @Message("Tiers")
    String tiers();

    @Message("Time")
    String time();

    @Message("Time zone")
    String timeZone();

    @Message("What the till was told")
    String told();

    @Message("That it was declined: {code}. A repeat with the same key gets the same answer.")
    String toldDeclined(String code);

    @Message("That it was done. A repeat with the same key gets the same answer.")
    String toldDone();

    @Message("Total")
    String total();

    @Message("Try again")
    String tryAgain();

    @Message("Try")
    String tryIt();

    @Message("Try a purchase")
    String tryPurchase();

    @Message("Undoes")
    String undoes();

    @Message("Unfreeze")
    String unfreeze();

    @Message("This release cannot read the version in force.")
    String unreadable();

    @Message("until {day}")
    String until(String day);

    @Message("up")
    String up();

    @Message("Used")
    String used();

    @Message("Used")
    String usedAt();

    @Message("Value")
    String value();

    @Message("Version")
    String version();

    @Message("Versions")
    String versions();

    @Message("Waiting for the till ...")
    String waitsForTill();

    @Message("{#switch what}{#case 'running'}running{#case 'scheduled'}scheduled{#case 'over'}over{#case "
            + "'used_up'}used up{#else}{what}{/switch}")
    String when(String what);

    @Message("around the birthday")
    String whenBirthday();

    @Message("channels {list}")
    String whenChannels(String list);

    @Message("from {time}")
    String whenFrom(String time);

    @Message("with items {items}")
    String whenItems(String items);

    @Message("from {money}")
    String whenMinimum(String money);

    @Message("partners {list}")
    String whenPartners(String list);

    @Message("stores {list}")
    String whenStores(String list);

    @Message("for {list}")
    String whenTiers(String list);

    @Message("until {time}")
    String whenTo(String time);

    @Message("Why")
    String why();

    @Message("Why, and why not more")
    String whyAndWhyNot();

    @Message("When")
    String window();

    @Message("by the draft below")
    String withDraft();

    @Message("{points} pay {money}")
    String worth(String points, String money);

    @Message("Would be version {version}, in force from {time}.")
    String wouldBeVersion(Object version, String time);

    @Message("Would give {points} points.")
    String wouldGive(String points);
}

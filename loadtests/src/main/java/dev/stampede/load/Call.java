package dev.stampede.load;

/**
 * One call, sent once or several times under one key, and what its sender was told. A read has no kind.
 *
 * <p>Answers may come on several threads.
 */
final class Call {
    final long number;
    final Kind kind;
    final int account;
    final int points;
    /** The reward that is paid for, instead of points; null if none is. */
    final String reward;

    private int sent;
    private int answers;
    private int made;
    private boolean ok;
    private boolean declined;
    private boolean unknown;
    private String operation;
    private String contradiction;

    /** @param number its place in the journal, from which its key is made */
    Call(long number, Kind kind, int account, int points) {
        this(number, kind, account, points, null);
    }

    /** @param points that the reward costs */
    Call(long number, Kind kind, int account, int points, String reward) {
        this.number = number;
        this.kind = kind;
        this.account = account;
        this.points = points;
        this.reward = reward;
    }

    synchronized void sending(int times) {
        sent += times;
    }

    /**
     * @param status the HTTP status
     * @param id of the operation that the answer tells of, or null if that wasn't looked at
     */
    synchronized void answered(Outcome outcome, int status, String id) {
        answers++;
        ok |= outcome == Outcome.OK;
        declined |= outcome == Outcome.DECLINED;
        unknown |= outcome == Outcome.UNKNOWN;
        if (kind != null && status == 201 && ++made > 1) {
            contradiction = "was answered 201 twice";
        }
        if (outcome == Outcome.OK && id != null) {
            if (operation != null && !operation.equals(id)) {
                contradiction = "is two operations, " + operation + " and " + id;
            }
            operation = id;
        }
        if (ok && declined) {
            contradiction = "was both carried out and declined";
        }
    }

    /** How many of those sent were not answered. */
    synchronized int missing() {
        return sent - answers;
    }

    /** Of all that was sent under the key: once carried out is carried out, once unknown is unknown until asked. */
    synchronized Outcome outcome() {
        if (ok) {
            return Outcome.OK;
        }
        if (unknown || answers < sent) {
            return Outcome.UNKNOWN;
        }
        return declined ? Outcome.DECLINED : Outcome.REFUSED;
    }

    /** What can't be true of several answers to one call, or null. */
    synchronized String contradiction() {
        return contradiction;
    }
}

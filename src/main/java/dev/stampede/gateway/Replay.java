package dev.stampede.gateway;

import dev.stampede.account.Operation;
import dev.stampede.account.SealedOperation;
import dev.stampede.account.UnreadableForm;
import dev.stampede.points.Refusal;
import dev.stampede.seal.LedgerLookup;

/** The answer that a call got before, for the same call again. */
final class Replay {
    private Replay() {}

    static Answer of(Operation.Header call, LedgerLookup found) {
        SealedOperation original = found.operation();
        if (found.voided()) {
            return new Answer.Refused(Refusal.VOIDED, true);
        }
        return sameCall(call.fingerprint(), original.fingerprint())
                ? Answer.Sealed.before(original)
                : new Answer.Refused(Refusal.IDEMPOTENCY_KEY_REUSED);
    }

    /**
     * Fingerprints of two formats can't be compared: a retry is not refused because an earlier release has read its
     * body in another way.
     *
     * @throws UnreadableForm if a newer release has made the original's
     */
    static boolean sameCall(String fingerprint, String original) {
        if (fingerprint.equals(original)) {
            return true;
        }
        int format = formatOf(fingerprint);
        int of = formatOf(original);
        UnreadableForm.check(of, format);
        return of < format;
    }

    /** 0 where it has none, as before there were formats. */
    private static int formatOf(String fingerprint) {
        int colon = fingerprint == null ? -1 : fingerprint.indexOf(':');
        return colon < 0 ? 0 : number(fingerprint.substring(0, colon));
    }

    /** What is no number is of a newer release. */
    private static int number(String format) {
        try {
            return Integer.parseInt(format);
        } catch (NumberFormatException e) {
            return Integer.MAX_VALUE;
        }
    }
}

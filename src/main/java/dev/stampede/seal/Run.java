package dev.stampede.seal;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import java.util.List;

/**
 * Proposals of one account, each decided on the result of the previous one. They are sealed in this order, up to the
 * first that is refused.
 */
record Run(AccountId account, List<Proposal> proposals) {
    Proposal last() {
        return proposals.get(proposals.size() - 1);
    }
}

package dev.stampede.seal;

import dev.stampede.account.AccountId;
import dev.stampede.account.Proposal;
import java.util.List;

/** Proposals of one account, each decided on what the one before left: sealed as a whole or not at all. */
record Run(AccountId account, List<Proposal> proposals) {
    Proposal last() {
        return proposals.get(proposals.size() - 1);
    }
}

package dev.stampede.balance;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.http.view.BalanceView;
import dev.stampede.http.view.MemberView;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The data of an event: the account without the attributes of its member. */
@Schema(name = "BalanceEvent", description = "A balance, and how the member stands in the program.")
record EventView(
        @JsonUnwrapped BalanceView balance,
        @JsonUnwrapped @Nullable MemberView member) {}

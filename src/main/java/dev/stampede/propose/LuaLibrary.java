package dev.stampede.propose;

import dev.stampede.redis.FunctionLibrary;
import java.util.List;

/** The Lua library (resources/lua): its parts, and the names of its functions. */
final class LuaLibrary {
    /** In the order of their names. */
    static final List<String> PARTS = List.of(
            "00-contract.lua",
            "10-json.lua",
            "20-lots.lua",
            "30-movements.lua",
            "31-member.lua",
            "32-calendar.lua",
            "33-levels.lua",
            "34-progress.lua",
            "35-settle.lua",
            "36-claims.lua",
            "37-undo.lua",
            "40-decide.lua",
            "50-chain.lua",
            "60-propose.lua",
            "70-tend.lua",
            "80-register.lua");

    final FunctionLibrary functions = new FunctionLibrary("lua", PARTS);
    final String propose = functions.nameOf("propose");
    final String load = functions.nameOf("load");
    final String sealed = functions.nameOf("sealed");
    final String rewind = functions.nameOf("rewind");
    final String discard = functions.nameOf("discard");
    final String unsealed = functions.nameOf("unsealed");
}

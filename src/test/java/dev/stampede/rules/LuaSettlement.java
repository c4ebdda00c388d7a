package dev.stampede.rules;

import dev.stampede.award.MemberState;
import dev.stampede.codec.MemberText;
import dev.stampede.support.RedisSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The settlement of the Lua library in a real Redis, by itself: its functions are pure. */
final class LuaSettlement implements AutoCloseable {
    /** Added to the library: makes the settling functions callable. */
    private static final String REGISTER = """
            local function told_of(s)
              return {s.told, s.parts, int(s.points), s.enrols and '1' or '0', int(s.level), int(s.reached),
                encode_uses(s.uses) or ''}
            end
            local settling = {}
            function settling.award(member, request)
              return told_of(settle_award(member, request))
            end
            function settling.claim(member, request)
              local s = settle_claim(member, request, {})
              return {s.denial or s.told, s.denial or int(s.points), s.uses and encode_uses(s.uses) or ''}
            end
            function settling.back(member, request, how, today)
              local uses = {}
              give_back_taken(member, request, how[1], how[2], today, uses)
              return {encode_uses(uses) or ''}
            end
            function settling.undo(member, request, levels, today, backdate)
              local uses = {}
              local s = settle_undo(member, request, levels, today, backdate, uses)
              return {s.told, s.parts, int(s.own), int(s.taken_back), int(s.level), encode_uses(uses) or ''}
            end
            function settling.lapse(member, request, levels, today, backdate)
              lapse_member(member, levels, today, backdate)
              return {}
            end
            function settling.attributes(member, request, levels, today)
              set_attributes(member, request, today)
              return {}
            end
            function settling.forget(member, request)
              local promotions, counters = remembered(member)
              forget_gone(member, request)
              return {promotions, counters}
            end
            local function prepared(args)
              local levels = args[4] ~= '' and cjson.decode(args[4]) or nil
              return args[2] ~= '' and cjson.decode(args[2]) or {}, cjson.decode(args[3]), levels, tonumber(args[5]),
                tonumber(args[6])
            end
            redis.register_function('settle_@hash@', with_globals(function(keys, args)
              local member, request, levels, today, backdate = prepared(args)
              local out = settling[args[1]](member, request, levels, today, backdate)
              table.insert(out, 1, encode_member(member) or '')
              return out
            end))
            redis.register_function('times_@hash@', with_globals(function(keys, args)
              for _ = 1, tonumber(args[7]) do
                local member, request, levels, today, backdate = prepared(args)
                if args[1] ~= 'nothing' then
                  settling[args[1]](member, request, levels, today, backdate)
                end
                encode_member(member)
              end
              return 1
            end))
            """;

    private final RedisSocket redis;
    private final String name;

    /** @param change of the text of the library */
    LuaSettlement(int port, String name, UnaryOperator<String> change) {
        this.redis = new RedisSocket(port);
        this.name = name;
        Object reply =
                redis.ask("FUNCTION", "LOAD", "REPLACE", (change.apply(source()) + REGISTER).replace("@hash@", name));
        if (!("stampede_" + name).equals(reply)) {
            throw new IllegalStateException("not loaded: " + reply);
        }
    }

    static String source() {
        StringBuilder source = new StringBuilder();
        try (Stream<Path> parts = Files.list(Path.of("src/main/resources/lua"))) {
            for (Path part : parts.sorted().toList()) {
                source.append(Files.readString(part));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return source.toString();
    }

    /** The text of the member afterwards ("" if he has none), and what comes with it. An error is its message. */
    List<?> settle(String what, MemberState before, String request, String levels, long today, long backdateDays) {
        Object reply = redis.ask(
                "FCALL",
                "settle_" + name,
                0,
                what,
                text(before),
                request,
                Objects.requireNonNullElse(levels, ""),
                today,
                backdateDays);
        return reply instanceof List<?> words ? words : List.of(reply);
    }

    /** Microseconds of the processor that one settlement takes, of so many. */
    double cost(String what, MemberState before, String request, int times) {
        double start = seconds();
        Object reply = redis.ask("FCALL", "times_" + name, 0, what, text(before), request, "", 0, 0, times);
        if (!Long.valueOf(1).equals(reply)) {
            throw new IllegalStateException(String.valueOf(reply));
        }
        return (seconds() - start) * 1e6 / times;
    }

    private double seconds() {
        String info = (String) redis.ask("INFO", "cpu");
        return info.lines()
                .filter(line -> line.startsWith("used_cpu_") && line.contains("_main_thread:"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1)))
                .sum();
    }

    static String text(MemberState member) {
        return Objects.requireNonNullElse(MemberText.write(member), "");
    }

    @Override
    public void close() {
        redis.ask("FUNCTION", "DELETE", "stampede_" + name);
        redis.close();
    }
}

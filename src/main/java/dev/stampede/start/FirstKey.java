package dev.stampede.start;

import dev.stampede.access.KeyBook;
import dev.stampede.access.KeyText;
import dev.stampede.access.MemberTokens;
import dev.stampede.access.Scope;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The key that a new ledger begins with, because only a key can make others: from the setting, which is taken only
 * while there is no key at all; or, where the gateway is only tried out, one that it makes itself ({@link DemoKey}).
 */
final class FirstKey {
    static final String SETTING = "stampede.bootstrap-key";

    private static final Logger LOG = Logger.getLogger("dev.stampede");

    private FirstKey() {}

    /** @return failed with a {@link ConfigurationException} if it is not the text of a key, or if there is none */
    static Future<Void> take(KeyBook keys, MemberTokens members, Optional<String> setting, LongSupplier nowMs) {
        return take(keys, setting)
                .compose(v -> keys.hasKeyForKeys(nowMs.getAsLong()) || members.isOn()
                        ? Future.succeededFuture()
                        : Future.failedFuture(new ConfigurationException(noKey(), Set.of(SETTING))));
    }

    private static Future<Void> take(KeyBook keys, Optional<String> setting) {
        Optional<KeyText> demo = DemoKey.made();
        if (setting.isPresent()) {
            KeyText key = KeyText.of(setting.get().strip());
            return key == null
                    ? Future.failedFuture(new ConfigurationException(flaw(), Set.of(SETTING)))
                    : keys.bootstrap(key, "bootstrap", false).map(taken -> {
                        if (taken) {
                            LOG.infof("The key %s of %s was taken: it is the first one", key, SETTING);
                        }
                        return null;
                    });
        }
        return demo.map(key -> keys.bootstrap(key, "demo", DemoKey.isNew()).<Void>mapEmpty())
                .orElse(Future.succeededFuture());
    }

    /** Why a gateway does not start: nobody could call it, or give anybody a key. */
    static String noKey() {
        return "there is no key that can make others: make one with \"java -jar quarkus-run.jar key"
                + " create --program '*' --scope " + String.join(",", Scope.codes(Scope.ALL)) + "\", or set " + SETTING;
    }

    static String flaw() {
        return SETTING + " must be a key: \"java -jar quarkus-run.jar key generate\" prints a new one";
    }
}

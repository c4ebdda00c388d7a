package dev.stampede.chaos;

import dev.stampede.embedded.EmbeddedRedisServer;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A deployment of Redis: how the gateways are told of it, and what the faults need to know. */
interface RedisSide extends AutoCloseable {
    /** The gateways' configuration. */
    Map<String, String> properties();

    /** The servers that take writes now. */
    List<EmbeddedRedisServer> masters();

    /**
     * What can go wrong with this deployment, but not with each.
     *
     * @param random chooses among servers that are alike
     */
    List<Fault> faults(Random random);

    /** After a fault: all servers run, and the replicas follow. */
    void mend();

    @Override
    void close();
}

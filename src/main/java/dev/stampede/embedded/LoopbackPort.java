package dev.stampede.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free ports for servers on the loopback interface.
 *
 * <p>They lie below the range from which the kernel takes the ports of outgoing connections. A client that keeps trying
 * to reach a stopped server on a port of that range could be given the same port for its own end, connect to itself,
 * and prevent the server from starting again.
 */
public final class LoopbackPort {

    static final String HOST = "127.0.0.1";

    private static final int LOWEST = 15_000;
    private static final int BOUND = 32_000;

    private LoopbackPort() {}

    public static int free() {
        for (int tries = 0; tries < 200; tries++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, BOUND);
            if (isFree(port)) {
                return port;
            }
        }
        throw new StartupTrouble("no free port found on " + HOST + " between " + LOWEST + " and " + BOUND);
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}

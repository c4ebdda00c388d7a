package dev.stampede.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A TCP proxy in front of Postgres that does harm to connections that seal, at the moment that the test asks for.
 * Others pass.
 */
public final class CuttingProxy implements AutoCloseable {
    /** What happens at the next seal. */
    public enum Harm {
        NONE,
        /** The connection is cut before the statement reaches Postgres. */
        BEFORE_THE_REQUEST,
        /** The statement is carried out, and the connection cut before its reply reaches the gateway. */
        BEFORE_THE_REPLY,
        /** The statement reaches Postgres, and from then on nothing passes; the connection stays open. */
        SILENCE
    }

    private final ServerSocket server;
    private final int target;
    private final AtomicReference<Harm> next = new AtomicReference<>(Harm.NONE);
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch done = new CountDownLatch(0);
    private volatile boolean refusing;
    private volatile boolean frozen;

    public CuttingProxy(int target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("accept", this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Arms it once; the latch opens when it has happened. */
    public CountDownLatch arm(Harm harm) {
        CountDownLatch latch = new CountDownLatch(1);
        done = latch;
        next.set(harm);
        return latch;
    }

    /** Cuts all connections, and takes no new ones, or takes them again. */
    public void refuse(boolean refuse) {
        refusing = refuse;
        if (refuse) {
            sockets.forEach(CuttingProxy::close);
            sockets.clear();
        }
    }

    /** Nothing passes for a while, and nothing is lost: as if Postgres were stopped, and went on. */
    public void freeze(boolean freeze) {
        synchronized (next) {
            frozen = freeze;
            next.notifyAll();
        }
    }

    private void awaitThaw() {
        synchronized (next) {
            while (frozen) {
                try {
                    next.wait();
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (refusing) {
                    client.close();
                    continue;
                }
                Socket postgres = new Socket(InetAddress.getLoopbackAddress(), target);
                client.setTcpNoDelay(true);
                postgres.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(postgres);
                Pair pair = new Pair(client, postgres);
                start("requests", pair::requests);
                start("replies", pair::replies);
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, "proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Pair {
        private final Socket client;
        private final Socket postgres;
        private boolean seals;
        private volatile boolean cutReply;
        private volatile boolean silent;

        Pair(Socket client, Socket postgres) {
            this.client = client;
            this.postgres = postgres;
        }

        void requests() {
            byte[] buffer = new byte[1 << 16];
            try (InputStream in = client.getInputStream();
                    OutputStream out = postgres.getOutputStream()) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    awaitThaw();
                    // a sealing connection prepares its statement once; what follows are seals
                    boolean prepares = new String(buffer, 0, n, StandardCharsets.ISO_8859_1).contains("FROM seal_2(");
                    if (seals && !prepares) {
                        Harm harm = next.getAndSet(Harm.NONE);
                        if (harm == Harm.BEFORE_THE_REQUEST) {
                            cut();
                            return;
                        }
                        cutReply = harm == Harm.BEFORE_THE_REPLY;
                        if (harm == Harm.SILENCE) {
                            silent = true;
                            done.countDown();
                        }
                    }
                    seals |= prepares;
                    if (!silent || seals) {
                        out.write(buffer, 0, n);
                        out.flush();
                    }
                }
            } catch (IOException e) {
                // the other side has gone
            }
            close(client);
            close(postgres);
        }

        void replies() {
            byte[] buffer = new byte[1 << 16];
            try (InputStream in = postgres.getInputStream();
                    OutputStream out = client.getOutputStream()) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    awaitThaw();
                    if (cutReply) {
                        cut();
                        return;
                    }
                    if (!silent) {
                        out.write(buffer, 0, n);
                        out.flush();
                    }
                }
            } catch (IOException e) {
                // the other side has gone
            }
            close(client);
            close(postgres);
        }

        private void cut() {
            CuttingProxy.close(client);
            CuttingProxy.close(postgres);
            done.countDown();
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        freeze(false);
        refuse(true);
    }
}

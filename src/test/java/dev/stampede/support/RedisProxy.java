package dev.stampede.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A TCP proxy in front of Redis or Postgres, that can swallow what the server says, and cut. */
public final class RedisProxy implements AutoCloseable {
    private final ServerSocket server;
    private final int target;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    /** Replies are swallowed. */
    public volatile boolean mute;
    /** New connections are accepted, and nothing ever comes of them. */
    public volatile boolean blackHole;

    public volatile boolean refuse;

    public RedisProxy(int target) {
        try {
            this.target = target;
            server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        start(this::accept);
    }

    private static void start(Runnable runnable) {
        Thread thread = new Thread(runnable);
        thread.setDaemon(true);
        thread.start();
    }

    public int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (refuse) {
                    client.close();
                    continue;
                }
                sockets.add(client);
                if (blackHole) {
                    continue;
                }
                Socket redis = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(redis);
                start(() -> pump(client, redis, false));
                start(() -> pump(redis, client, true));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void pump(Socket from, Socket to, boolean replies) {
        byte[] bytes = new byte[65536];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                if (!(replies && mute)) {
                    out.write(bytes, 0, n);
                    out.flush();
                }
            }
        } catch (IOException e) {
            // cut
        }
        try {
            from.close();
            to.close();
        } catch (IOException e) {
            // just as well
        }
    }

    /** Cuts all connections. */
    public void cut() {
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                // just as well
            }
        }
        sockets.clear();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            // just as well
        }
        cut();
    }
}

package dev.stampede.http;

import io.netty.util.NetUtil;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;

/** Whom a limit for each client address counts together. */
public final class ClientAddress {
    private ClientAddress() {}

    /** The client's address; of IPv6 its /64, since each client has at least that many addresses. */
    public static String of(SocketAddress client) {
        String host = client.hostAddress() == null ? String.valueOf(client.host()) : client.hostAddress();
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        if (bytes == null) {
            return host; // a trusted proxy has given another kind of name
        }
        try {
            byte[] address = InetAddress.getByAddress(bytes).getAddress(); // IPv4 written as IPv6 becomes IPv4
            return HexFormat.of().formatHex(address, 0, Math.min(address.length, 8));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}

package dev.stampede.support;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/** A CA of one's own, and a server's certificate that it has signed, as PEM files; made by the JDK's keytool. */
public final class Certificates {
    private static final String PASSWORD = "password";

    private final Path directory;

    private Certificates(Path directory) {
        this.directory = directory;
    }

    /** @param name the only one that the server's certificate is good for */
    public static Certificates of(String name, Path directory) throws Exception {
        Certificates made = new Certificates(Files.createDirectories(directory));
        made.keytool("ca", "CN=CA of " + directory.getFileName(), "-ext", "bc:c");
        made.keytool("server", "CN=a server", "-signer", "ca", "-ext", "san=dns:" + name);
        made.write();
        return made;
    }

    public Path ca() {
        return directory.resolve("ca.crt");
    }

    public Path certificate() {
        return directory.resolve("server.crt");
    }

    public Path key() {
        return directory.resolve("server.key");
    }

    /** A client that trusts the CA, and shows these certificates. */
    public SSLContext client(KeyManager... shown) throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", keys().getCertificate("ca"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(shown, trust.getTrustManagers(), null);
        return context;
    }

    /** Shows a new certificate that the CA has signed, whichever CAs a server asks for. */
    public X509ExtendedKeyManager shown(String name) throws Exception {
        keytool(name, "CN=" + name, "-signer", "ca");
        X509Certificate[] chain = {(X509Certificate) keys().getCertificate(name)};
        PrivateKey key = (PrivateKey) keys().getKey(name, PASSWORD.toCharArray());
        return new X509ExtendedKeyManager() {
            @Override
            public String chooseEngineClientAlias(String[] keyType, Principal[] issuers, SSLEngine engine) {
                return name;
            }

            @Override
            public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
                return name;
            }

            @Override
            public X509Certificate[] getCertificateChain(String alias) {
                return chain;
            }

            @Override
            public PrivateKey getPrivateKey(String alias) {
                return key;
            }

            @Override
            public String[] getClientAliases(String keyType, Principal[] issuers) {
                return new String[] {name};
            }

            @Override
            public String[] getServerAliases(String keyType, Principal[] issuers) {
                return null;
            }

            @Override
            public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
                return null;
            }
        };
    }

    private Path store() {
        return directory.resolve("keys.p12");
    }

    private void keytool(String alias, String subject, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-dname",
                subject,
                "-keyalg",
                "EC",
                "-validity",
                "2",
                "-keystore",
                store().toString(),
                "-storepass",
                PASSWORD));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(said);
        }
    }

    private KeyStore keys() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store())) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private void write() throws IOException, GeneralSecurityException {
        KeyStore keys = keys();
        pem(ca(), "CERTIFICATE", keys.getCertificate("ca").getEncoded());
        pem(certificate(), "CERTIFICATE", keys.getCertificate("server").getEncoded());
        pem(key(), "PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
    }

    private static void pem(Path file, String what, byte[] bytes) throws IOException {
        String text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(bytes);
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
    }
}

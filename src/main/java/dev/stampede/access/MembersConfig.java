package dev.stampede.access;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.util.Optional;

/**
 * Tokens of members: JSON Web Tokens that the identity provider of the programs' owner has signed. None are accepted
 * unless issuer, audience, and one of {@code public-key} and {@code jwks-url} are set.
 */
@ConfigMapping(prefix = "stampede.members")
public interface MembersConfig {
    /** The {@code iss} of each token. */
    Optional<String> issuer();

    /** What the {@code aud} of each token names, beside others or alone. */
    Optional<String> audience();

    /**
     * The claim with the member's account; {@code sub} is in its place where a token does not have it. Where users
     * choose their {@code sub} each token must have this claim, or else it must be {@code sub}.
     */
    @WithDefault("stampede_account")
    String accountClaim();

    /** The claim with the only program that a token is for; a token must have it. If not set, tokens are for all. */
    Optional<String> programClaim();

    /**
     * The claim with what a member may do, words with blanks between them. {@code points:redeem} lets him pay with his
     * points and hold them; without it a member only reads.
     */
    @WithDefault("scope")
    String scopeClaim();

    /** The key of the issuer, if it has only one: PEM or JWK, the text itself or a file. */
    Optional<String> publicKey();

    /** Where the issuer publishes its keys (JWKS): {@code https}, or {@code http} on this machine. */
    Optional<URI> jwksUrl();

    /** Calls of a member per second, at all gateways together; 0: no limit. */
    @WithDefault("10")
    int perSecond();

    /** Calls of a member at once, at all gateways together, from 1. */
    @WithDefault("30")
    int burst();
}

// What the generated client does not do by itself: problems as errors, repeats under one key, ETags, streams, pages.
// For iOS 15, macOS 12 or later. Not compiled by the build of this repository, which has no Swift.
import Foundation
import StampedeClient

/// A refusal (RFC 9457). Decide by `code`.
public struct ProblemError: Error, Sendable {
    public let problem: Problem
    public var code: String { problem.code }
    public var status: Int { problem.status }
    public var detail: String { problem.detail }
    public var retryable: Bool { problem.retryable }
}

/// Nobody knows whether a call was done: repeat it with this key, or void the key.
public struct OutcomeUnknownError: Error, Sendable {
    public let key: String
    public let cause: any Error
}

/// An answer that is not the gateway's, such as a proxy's.
public struct UnexpectedStatusError: Error, Sendable {
    public let status: Int
}

public struct BalanceAt: Sendable {
    /// With which a stream goes on after it.
    public let id: String
    public let balance: BalanceEvent
}

/// Calls of one gateway with one credential: `try await stampede.call(key: key) { try await PointsAPI.earnPoints(...,
/// idempotencyKey: key, ..., apiConfiguration: stampede.configuration) }`.
public actor Stampede {
    public nonisolated let configuration: StampedeClientAPIConfiguration
    private let url: URL
    private let token: @Sendable () async throws -> String
    private let attempts: Int
    private let patience: TimeInterval
    private var kept: [String: (etag: String, account: Account)] = [:]

    /// - Parameters:
    ///   - url: of the gateway, without a path
    ///   - token: an API key, or the token of a member; it is asked for at each call
    ///   - attempts: how often a call is sent at most
    ///   - patience: the most that a call waits between its attempts, all together, in seconds
    public init(
        url: URL, attempts: Int = 5, patience: TimeInterval = 30, token: @escaping @Sendable () async throws -> String
    ) {
        self.url = url
        self.token = token
        self.attempts = attempts
        self.patience = patience
        configuration = StampedeClientAPIConfiguration(basePath: url.absoluteString, apiResponseQueue: .global())
    }

    /// A key for one call: store it with the sale before the first attempt.
    public static func newKey() -> String {
        UUID().uuidString.lowercased()
    }

    /// Makes a call until it is answered: again if there was no answer, or one that says that it may be repeated.
    /// - Parameter key: the call's `Idempotency-Key`; nil for one that only reads
    public func call<T: Sendable>(key: String?, _ send: @Sendable () async throws -> T) async throws -> T {
        var patience = self.patience
        var isUnknown = false
        var attempt = 1
        while true {
            configuration.customHeaders["Authorization"] = "Bearer \(try await token())"
            let failure: any Error
            var wait = Double.random(in: 0..<0.2) * pow(2, Double(attempt))
            do {
                return try await send()
            } catch let ErrorResponse.error(status, data, response, cause) {
                let answer = response as? HTTPURLResponse
                if let answer, answer.statusCode < 400 { // not changed, or an answer that cannot be read
                    throw answer.statusCode == 304 ? UnexpectedStatusError(status: 304) : cause
                }
                failure = answer == nil ? cause : Self.refusal(status, data)
                wait = max(wait, answer?.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init) ?? 0)
            }
            let refusal = failure as? ProblemError
            isUnknown = isUnknown || refusal == nil || refusal?.code == "outcome_unknown"
            let decided = refusal.map { !$0.retryable } ?? false
            if decided || Task.isCancelled || attempt >= attempts || wait > patience {
                if let key, isUnknown, !decided {
                    throw OutcomeUnknownError(key: key, cause: failure)
                }
                throw failure
            }
            patience -= wait
            attempt += 1
            try await Task.sleep(nanoseconds: UInt64(wait * 1_000_000_000))
        }
    }

    /// The account. What has not changed since it was read last is not sent again.
    public func account(program: String, account: String) async throws -> Account {
        let name = "\(program)/\(account)"
        let known = kept[name]
        let etag = known?.etag
        let configuration = self.configuration
        do {
            let (newEtag, there) = try await call(key: nil) { () async throws -> (String?, Account) in
                let answer = try await AccountsAPI.getAccountWithRequestBuilder(
                    program: program, account: account, ifNoneMatch: etag, apiConfiguration: configuration
                ).execute()
                return (answer.header.first { $0.key.lowercased() == "etag" }?.value, answer.body)
            }
            if let newEtag {
                kept[name] = (newEtag, there)
            }
            return there
        } catch let error as UnexpectedStatusError {
            if let known, error.status == 304 {
                return known.account
            }
            throw error
        }
    }

    /// The history, newest first, page after page.
    public nonisolated func allOperations(
        program: String, account: String, limit: Int = 50
    ) -> AsyncThrowingStream<StampedeClient.Operation, any Error> {
        AsyncThrowingStream { stream in
            let reading = Task {
                do {
                    var cursor: String?
                    repeat {
                        let from = cursor
                        let page = try await call(key: nil) {
                            try await HistoryAPI.listOperations(
                                program: program, account: account, cursor: from, limit: limit,
                                apiConfiguration: configuration)
                        }
                        page.items.forEach { stream.yield($0) }
                        cursor = page.cursor
                    } while cursor != nil && !Task.isCancelled
                    stream.finish()
                } catch {
                    stream.finish(throwing: error)
                }
            }
            stream.onTermination = { _ in reading.cancel() }
        }
    }

    /// The balance now and after each change, until the task that reads it ends. It connects again by itself.
    public nonisolated func balances(
        program: String, account: String, lastEventId: String? = nil
    ) -> AsyncThrowingStream<BalanceAt, any Error> {
        AsyncThrowingStream { stream in
            let reading = Task {
                var last = lastEventId
                var failures = 0
                while !Task.isCancelled {
                    do {
                        try await read(streamUrl(program, account), after: last) { event in
                            failures = 0
                            last = event.id
                            stream.yield(event)
                        }
                    } catch let error as ProblemError where !error.retryable {
                        stream.finish(throwing: error)
                        return
                    } catch {
                        // the connection has ended; the next one goes on after the last event
                    }
                    try? await Task.sleep(nanoseconds: min(30_000_000_000, 500_000_000 << UInt64(min(failures, 6))))
                    failures += 1
                }
                stream.finish()
            }
            stream.onTermination = { _ in reading.cancel() }
        }
    }

    /// Where an EventSource finds the stream, once and within 30 s, if it cannot send a header.
    public func ticketUrl(program: String, account: String) async throws -> URL {
        let configuration = self.configuration
        let made = try await call(key: nil) {
            try await AccountsAPI.createStreamTicket(
                program: program, account: account, apiConfiguration: configuration)
        }
        var parts = URLComponents(url: streamUrl(program, account), resolvingAgainstBaseURL: false)!
        parts.queryItems = [URLQueryItem(name: "ticket", value: made.ticket)]
        return parts.url!
    }

    private nonisolated func streamUrl(_ program: String, _ account: String) -> URL {
        ["v1", "programs", program, "accounts", account, "events"].reduce(url) { $0.appendingPathComponent($1) }
    }

    /// The events of one connection (HTML standard, Server-sent events).
    private nonisolated func read(
        _ url: URL, after last: String?, each: (BalanceAt) -> Void
    ) async throws {
        var request = URLRequest(url: url, timeoutInterval: 30) // a comment comes every 15 s
        request.setValue("text/event-stream", forHTTPHeaderField: "Accept")
        request.setValue("Bearer \(try await token())", forHTTPHeaderField: "Authorization")
        request.setValue(last, forHTTPHeaderField: "Last-Event-ID")
        let (bytes, response) = try await URLSession.shared.bytes(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        if status != 200 {
            var body = Data()
            for try await byte in bytes { body.append(byte) }
            throw Self.refusal(status, body)
        }
        var id = ""
        // `lines` leaves out the empty line that ends an event; ours have their data in one line, after the id
        for try await line in bytes.lines {
            if line.hasPrefix("id:") {
                id = line.dropFirst(3).trimmingCharacters(in: .whitespaces)
            } else if line.hasPrefix("data:") {
                let balance = try JSONDecoder().decode(BalanceEvent.self, from: Data(line.dropFirst(5).utf8))
                each(BalanceAt(id: id, balance: balance))
            }
        }
    }

    private static func refusal(_ status: Int, _ body: Data?) -> any Error {
        if let body, let problem = try? JSONDecoder().decode(Problem.self, from: body) {
            return ProblemError(problem: problem)
        }
        return UnexpectedStatusError(status: status)
    }
}

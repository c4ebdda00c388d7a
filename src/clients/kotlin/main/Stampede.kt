package dev.stampede.client

import dev.stampede.client.apis.AccountsApi
import dev.stampede.client.apis.HistoryApi
import dev.stampede.client.apis.PointsApi
import dev.stampede.client.apis.ProgramsApi
import dev.stampede.client.infrastructure.Serializer
import dev.stampede.client.models.Account
import dev.stampede.client.models.BalanceEvent
import dev.stampede.client.models.Operation
import dev.stampede.client.models.Problem
import java.io.IOException
import java.io.InterruptedIOException
import java.net.URLEncoder
import java.time.Duration
import java.util.UUID
import kotlin.math.max
import kotlin.math.min
import kotlin.random.Random
import okhttp3.HttpUrl
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.Interceptor
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.Response
import okhttp3.ResponseBody.Companion.toResponseBody
import okio.BufferedSource

/** A refusal (RFC 9457). Decide by [code]. */
class ProblemException(val problem: Problem) : IOException("${problem.status} ${problem.code}: ${problem.detail}") {
    val code get() = problem.code
    val status get() = problem.status
    val detail get() = problem.detail
    val retryable get() = problem.retryable
}

/** Nobody knows whether a call was done: repeat it with this [key], or void the key. */
class OutcomeUnknownException(val key: String, cause: IOException) :
    IOException("It is not known whether the call with the key $key was done", cause)

/**
 * What the generated client does not do by itself: problems as exceptions, repeats under one key, ETags, streams and
 * pages.
 *
 * @param url of the gateway, without a path
 * @param token an API key, or the token of a member; it is asked for at each call
 * @param attempts how often a call is sent at most
 * @param patience the most that a call waits between its attempts, all together
 */
class Stampede(
    private val url: String,
    private val token: () -> String,
    private val attempts: Int = 5,
    private val patience: Duration = Duration.ofSeconds(30),
    http: OkHttpClient = OkHttpClient(),
) {
    private val plain = http.newBuilder().retryOnConnectionFailure(false).build()
    private val streaming = plain.newBuilder().readTimeout(HEARTBEAT.multipliedBy(2)).build()
    private val client = plain.newBuilder().readTimeout(ANSWER_LIMIT).addInterceptor(Interceptor(::send)).build()
    private val kept = object : LinkedHashMap<HttpUrl, Kept>() {
        override fun removeEldestEntry(eldest: Map.Entry<HttpUrl, Kept>) = size > MOST_KEPT
    }

    val accounts = AccountsApi(url, client)
    val points = PointsApi(url, client)
    val history = HistoryApi(url, client)
    val programs = ProgramsApi(url, client)

    /** The state of an account, and the id with which a stream goes on after it. */
    data class BalanceAt(val id: String, val balance: BalanceEvent)

    private class Kept(val etag: String, val body: ByteArray)

    /** The account. What has not changed since it was read last is not sent again. */
    fun account(program: String, account: String): Account = accounts.getAccount(program, account)

    /** The history, newest first, page after page. */
    fun allOperations(program: String, account: String, limit: Int = 50): Sequence<Operation> = sequence {
        var cursor: String? = null
        do {
            val page = history.listOperations(program, account, cursor = cursor, limit = limit)
            yieldAll(page.items)
            cursor = page.cursor
        } while (cursor != null)
    }

    /** The balance now and after each change, until [each] answers false. It connects again by itself. */
    fun balances(program: String, account: String, lastEventId: String? = null, each: (BalanceAt) -> Boolean) {
        var last = lastEventId
        var failures = 0
        while (true) {
            try {
                val request = Request.Builder().url(streamUrl(program, account)).header("Accept", "text/event-stream")
                    .header("Authorization", "Bearer ${token()}")
                last?.let { request.header("Last-Event-ID", it) }
                streaming.newCall(request.build()).execute().use { answer ->
                    if (!answer.isSuccessful) throw refusal(answer)
                    val ended = events(answer.body!!.source()) { id, data ->
                        failures = 0
                        last = id
                        each(BalanceAt(id, Serializer.jacksonObjectMapper.readValue(data, BalanceEvent::class.java)))
                    }
                    if (ended) return
                }
            } catch (e: ProblemException) {
                if (!e.retryable) throw e
            } catch (e: InterruptedIOException) {
                if (Thread.currentThread().isInterrupted) throw e
            } catch (e: IOException) {
                // the connection has ended; the next one goes on after the last event
            }
            pause(min(30_000, 500L shl min(failures++, 6)))
        }
    }

    /** Where an EventSource finds the stream, once and within 30 s, if it cannot send a header. */
    fun ticketUrl(program: String, account: String): String =
        streamUrl(program, account) + "?ticket=" + encode(accounts.createStreamTicket(program, account).ticket)

    private fun streamUrl(program: String, account: String) =
        "$url/v1/programs/${encode(program)}/accounts/${encode(account)}/events"

    /** Sends a call until it is answered: again if there was no answer, or one that says that it may be repeated. */
    private fun send(chain: Interceptor.Chain): Response {
        val key = chain.request().header(KEY)
        val reads = chain.request().method == "GET"
        val known = if (reads) synchronized(kept) { kept[chain.request().url] } else null
        val request = chain.request().newBuilder().header("Authorization", "Bearer ${token()}")
            .apply { known?.let { header("If-None-Match", it.etag) } }.build()
        var patienceMs = patience.toMillis()
        var isUnknown = false
        var attempt = 1
        while (true) {
            var waitMs = Random.nextLong(200) shl attempt
            val failure: IOException = try {
                val answer = chain.proceed(request)
                if (answer.code == 304 && known != null) {
                    answer.close()
                    return answer.newBuilder().code(200).message("OK").body(known.body.toResponseBody(JSON)).build()
                }
                if (answer.isSuccessful) return if (reads) keep(answer) else answer
                waitMs = max(waitMs, 1000 * (answer.header("Retry-After")?.toLongOrNull() ?: 0))
                refusal(answer)
            } catch (e: IOException) {
                e
            }
            val refusal = failure as? ProblemException
            isUnknown = isUnknown || refusal == null || refusal.code == "outcome_unknown"
            val repeatable = refusal?.retryable ?: (reads || request.method == "PUT" || key != null)
            if (!repeatable || chain.call().isCanceled() || attempt >= attempts || waitMs > patienceMs) {
                val decided = refusal != null && !refusal.retryable
                throw if (key != null && isUnknown && !decided) OutcomeUnknownException(key, failure) else failure
            }
            patienceMs -= waitMs
            pause(waitMs)
            attempt++
        }
    }

    private fun keep(answer: Response): Response {
        val etag = answer.header("ETag") ?: return answer
        val body = answer.body!!.bytes()
        synchronized(kept) { kept[answer.request.url] = Kept(etag, body) }
        return answer.newBuilder().body(body.toResponseBody(JSON)).build()
    }

    companion object {
        private const val KEY = "Idempotency-Key"
        private const val MOST_KEPT = 100
        private val JSON = "application/json".toMediaType()
        /** The gateway answers within ten seconds. */
        private val ANSWER_LIMIT = Duration.ofSeconds(15)
        private val HEARTBEAT = Duration.ofSeconds(15)

        /** A key for one call: store it with the sale before the first attempt. */
        fun newKey(): String = UUID.randomUUID().toString()

        private fun encode(segment: String) = URLEncoder.encode(segment, "UTF-8")

        /** What a refusal says; of one that is not the gateway's, such as a proxy's, its status alone. */
        private fun refusal(answer: Response): IOException = answer.use {
            if (it.header("Content-Type").orEmpty().startsWith("application/problem+json")) {
                ProblemException(Serializer.jacksonObjectMapper.readValue(it.body!!.bytes(), Problem::class.java))
            } else {
                IOException("HTTP status ${it.code}")
            }
        }

        /** The events of a stream (HTML standard, Server-sent events) that have data; true if [each] has ended it. */
        private fun events(source: BufferedSource, each: (String, String) -> Boolean): Boolean {
            var id = ""
            val data = mutableListOf<String>()
            while (true) {
                val line = source.readUtf8Line() ?: return false
                val value = line.substringAfter(':', "").removePrefix(" ")
                when (line.substringBefore(':')) {
                    "id" -> id = value
                    "data" -> data.add(value)
                }
                if (line.isEmpty() && data.isNotEmpty()) {
                    if (!each(id, data.joinToString("\n"))) return true
                    data.clear()
                }
            }
        }

        private fun pause(ms: Long) = try {
            Thread.sleep(ms)
        } catch (e: InterruptedException) {
            Thread.currentThread().interrupt()
            throw InterruptedIOException("interrupted").initCause(e)
        }
    }
}

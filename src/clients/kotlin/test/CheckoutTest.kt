package dev.stampede.client

import dev.stampede.client.models.EarnRequest
import dev.stampede.client.models.EnrolRequest
import dev.stampede.client.models.Hold
import dev.stampede.client.models.HoldRequest
import dev.stampede.client.models.Operation
import dev.stampede.client.models.RedeemRequest
import java.io.IOException
import java.util.UUID
import kotlin.concurrent.thread
import okhttp3.Interceptor
import okhttp3.OkHttpClient
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

class CheckoutTest {
    private val gateway: String = System.getProperty("gateway")
    private val program = "demo"
    private val account = "kotlin-" + UUID.randomUUID()
    private val statuses = mutableListOf<Int>()
    private var losing = 0

    /** A network that loses the next answers, as often as [losing] says. */
    private val network = OkHttpClient.Builder().addNetworkInterceptor(Interceptor { chain ->
        val answer = chain.proceed(chain.request())
        if (losing > 0) {
            losing--
            answer.close()
            throw IOException("the answer was lost")
        }
        statuses.add(answer.code)
        answer
    }).build()
    private val stampede = client(5)
    private val points = stampede.points

    private fun client(attempts: Int) = Stampede(gateway, { System.getProperty("key") }, attempts, http = network)

    private fun key() = Stampede.newKey()

    private fun earn(number: Long) = points.earnPoints(program, account, key(), EarnRequest(points = number))

    @Test
    fun aMemberEarnsHoldsAndRedeems() {
        val attributes = mapOf("name" to "Zoe", "vip" to true)
        assertEquals(
            attributes,
            stampede.accounts.enrolAccount(program, account, enrolRequest = EnrolRequest(attributes)).attributes,
        )
        assertNull(points.earnPoints(program, account, key(), EarnRequest(points = 5), dryRun = true).id)

        val key = key()
        losing = 1
        val earned = points.earnPoints(program, account, key, EarnRequest(amount = "42.50", currency = "EUR"))
        assertEquals(42L, earned.points)
        assertEquals(200, statuses.last(), "it was done by the call whose answer was lost")
        val again = points.earnPoints(program, account, key, EarnRequest(amount = "42.50", currency = "EUR"))
        assertEquals(earned.id, again.id)

        val redeemed = points.redeemPoints(program, account, key(), RedeemRequest(points = 12))
        assertEquals(30L, redeemed.balance!!.available)
        val hold = points.holdPoints(program, account, key(), HoldRequest(points = 10))
        assertEquals(Hold.State.held, points.getHold(program, account, hold.hold!!.id!!).state)
    }

    @Test
    fun aDeclineIsATypedProblem() {
        earn(30)
        val declined = assertThrows(ProblemException::class.java) {
            points.redeemPoints(program, account, key(), RedeemRequest(points = 31))
        }
        assertEquals("insufficient_points", declined.code)
        assertEquals(422, declined.status)
        assertFalse(declined.retryable)
    }

    @Test
    fun anOutcomeThatIsNotKnownHasItsKey() {
        val key = key()
        losing = 1
        val unknown = assertThrows(OutcomeUnknownException::class.java) {
            client(1).points.earnPoints(program, account, key, EarnRequest(points = 1))
        }
        assertEquals(key, unknown.key)
    }

    @Test
    fun anAccountThatHasNotChangedIsNotSentAgain() {
        earn(7)
        val first = stampede.account(program, account)
        assertEquals(first, stampede.account(program, account))
        assertEquals(304, statuses.last())
    }

    @Test
    fun theHistoryIsReadToItsEnd() {
        repeat(5) { earn(1) }
        val types = stampede.allOperations(program, account, limit = 2).map { it.type }.toList()
        assertEquals(List(5) { Operation.Type.earn }, types)
    }

    @Test
    fun theStreamTellsOfChangesAndGoesOnAfterTheLastEvent() {
        earn(20)
        val seen = mutableListOf<Stampede.BalanceAt>()
        stampede.balances(program, account) {
            seen.add(it)
            if (seen.size == 1) earn(5)
            seen.size < 2
        }
        assertEquals(listOf(20L, 25L), seen.map { it.balance.available })

        thread { Thread.sleep(500); earn(1) }
        stampede.balances(program, account, seen.last().id) {
            assertEquals(26L, it.balance.available, "the state of the last event is not sent again")
            false
        }
    }
}

package dev.stampede.clients

import dev.stampede.clients.kotlin.apis.AccountsApi
import dev.stampede.clients.kotlin.apis.HistoryApi
import dev.stampede.clients.kotlin.apis.PointsApi
import dev.stampede.clients.kotlin.infrastructure.ApiClient
import dev.stampede.clients.kotlin.infrastructure.ClientError
import dev.stampede.clients.kotlin.infrastructure.ClientException
import dev.stampede.clients.kotlin.models.EarnRequest
import dev.stampede.clients.kotlin.models.EnrolRequest
import dev.stampede.clients.kotlin.models.Hold
import dev.stampede.clients.kotlin.models.HoldRequest
import dev.stampede.clients.kotlin.models.Operation
import dev.stampede.clients.kotlin.models.RedeemRequest
import java.util.UUID
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class KotlinClientTest {
    private val gateway: String = System.getProperty("gateway")
    private val program = "demo"
    private val account = "kotlin-" + UUID.randomUUID()

    init {
        ApiClient.accessToken = System.getProperty("key")
    }

    private fun key() = UUID.randomUUID().toString()

    @Test
    fun aMemberEarnsAndRedeems() {
        val accounts = AccountsApi(gateway)
        val points = PointsApi(gateway)
        val enrolled =
            accounts.enrolAccount(program, account, enrolRequest = EnrolRequest(mapOf("name" to "Zoe", "vip" to true)))
        assertEquals(mapOf("name" to "Zoe", "vip" to true), enrolled.attributes)

        assertNull(points.earnPoints(program, account, key(), EarnRequest(points = 5), dryRun = true).id)
        val earned = points.earnPoints(program, account, key(), EarnRequest(amount = "42.50", currency = "EUR"))
        assertNotNull(earned.id)
        assertEquals(42L, earned.points)
        val redeemed = points.redeemPoints(program, account, key(), RedeemRequest(points = 12))
        assertEquals(30L, redeemed.balance.available)
        val declined =
            assertThrows(ClientException::class.java) {
                points.redeemPoints(program, account, key(), RedeemRequest(points = 31))
            }
        assertEquals(422, declined.statusCode)
        val problem = (declined.response as ClientError<*>).body.toString()
        assertTrue(problem.contains("\"code\":\"insufficient_points\""), problem)

        val hold = points.holdPoints(program, account, key(), HoldRequest(points = 10))
        assertEquals(Hold.State.held, points.getHold(program, account, hold.id!!).state)
        val there = accounts.getAccount(program, account)
        assertEquals(20L, there.available)
        assertEquals(10L, there.held)
        val page = HistoryApi(gateway).listOperations(program, account, type = HistoryApi.TypeListOperations.redeem)
        assertEquals(1, page.items.size)
        assertEquals(Operation.Type.redeem, page.items[0].type)
    }
}

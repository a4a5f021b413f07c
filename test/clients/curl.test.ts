import { describeClients } from './support/describe-clients.ts'
import { curl } from './support/program-clients.ts'

describeClients([curl])

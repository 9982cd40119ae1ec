flowspec { required_version = "> 5" }
variable "env" { default = "x" }
locals { 
 a = local.b 
 b = local.a
 c = upperr("x")
 d = var.envv
}
group "web" { 
 select { 
   vmm = "x" 
   tags = 5
 }
 prefixes = ["10.0.0.0/33", "Storage", "10.0.0.1-10.0.0.4"]
 service_tags = ["10.0.0.0/8"]
}
group "empty" {}
group "any" { prefixes = ["1.1.1.1"] }
group "sel" {
 select {}
}
service "p" { 
  protocol = "Tpc"
  ports = [70000, "9-3", "80,443", 80.5, true]
}
service "q" { 
 protocol = "icmp" 
 ports = [3] 
}
intent "a" {
 form = [group.web]
 to = [group.wbe, service.p, "intent.a", 5]
 expect = "Alow"
 severity = "fatal"
 enabled = "yes"
 service = [service.p]
 ports = [1]
}
intent "b" {
 from = []
 to = group.web
 expect = "allow"
 at = "both"
 except = [intent.c]
}
intent "c" {
 from = [group.web]
 to = "10.0.0.0/8"
 expect = "deny"
 protocol = "*"
 severity = var.nope
}
boundary "x" { 
  around = [group.web]
  allow = [intent.c] 
}
exception "e" {
 of = [intent.b]
 expires = "2027-02-30"
}
assume "y" { gateway = "x" }
assume "z" { path = true }
